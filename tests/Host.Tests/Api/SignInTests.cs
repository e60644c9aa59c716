using System.Net;
using System.Text.Json;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class SignInTests
{
    private const string NewPassword = "quite another set of words";

    private ApiHost _host = null!;
    private HttpClient _nobody = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _host = await ApiHost.StartAsync();
        _nobody = _host.Client(null);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _nobody.Dispose();
        await _host.DisposeAsync();
    }

    [Test]
    public async Task A_user_signs_in_looks_around_and_leaves()
    {
        _host.AddUser("ana", new RoleGrant(Roles.Operator, "default"));
        var tokens = await TokensAsync(await LoginAsync("Ana"));
        using var ana = _host.ClientWith(tokens.Access);
        var me = await (await ana.GetAsync("/api/auth/me")).BodyAsync();
        Assert.That(me.GetProperty("name").GetString(), Is.EqualTo("user:ana"));
        Assert.That(me.GetProperty("roles")[0].GetProperty("role").GetString(), Is.EqualTo("operator"));
        using var submitted = await ana.PostTextAsync(ApiHost.Jobs, """{"method":"a"}""");
        Assert.That((await submitted.BodyAsync()).GetProperty("createdBy").GetString(), Is.EqualTo("user:ana"));
        using var left = await ana.PostAsync("/api/auth/logout", null);
        Assert.That(left.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(
            (await ana.GetAsync("/api/auth/me")).StatusCode,
            Is.EqualTo(HttpStatusCode.Unauthorized),
            "the access token"
        );
        Assert.That(
            (await RefreshAsync(tokens.Refresh)).StatusCode,
            Is.EqualTo(HttpStatusCode.Unauthorized),
            "the refresh token"
        );
    }

    [Test]
    public async Task Nobody_learns_from_the_answer_which_users_there_are()
    {
        _host.AddUser("ana");
        var off = _host.AddUser("off");
        _host.Change(AccessChange.Replace(off with { Disabled = true }));
        var answers = new List<(HttpStatusCode, string?, string?)>();
        foreach (
            var (name, password) in new[]
            {
                ("ana", "not the password at all"),
                ("nobody", ApiHost.Password),
                ("off", ApiHost.Password),
            }
        )
        {
            using var response = await LoginAsync(name, password);
            var problem = await response.ProblemAsync();
            answers.Add((response.StatusCode, problem.Code, problem.Detail));
        }

        Assert.That(answers.Distinct().ToList(), Has.Count.EqualTo(1));
        Assert.That(answers[0].Item1, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task After_ten_wrong_passwords_the_right_one_waits_five_minutes()
    {
        _host.AddUser("ana");
        for (var i = 0; i < PasswordCheck.FailuresMax; i++)
        {
            using var wrong = await LoginAsync("ana", "not the password at all");
            Assert.That(wrong.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        }

        using var locked = await LoginAsync("ana");
        Assert.That(locked.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        _host.Time.Advance(PasswordCheck.LockOut);
        using var later = await LoginAsync("ana");
        Assert.That(later.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Wrong_passwords_at_the_same_moment_all_count()
    {
        var user = _host.AddUser("ana");
        await Task.WhenAll(
            Enumerable.Range(0, PasswordCheck.FailuresMax).Select(_ => LoginAsync("ana", "not the password at all"))
        );
        using var locked = await LoginAsync("ana");
        Assert.That(locked.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(_host.UserOf(user.Id).LockedUntil, Is.Not.Null);
    }

    [Test]
    public async Task An_admin_ends_a_lock_out()
    {
        var user = _host.AddUser("ana");
        _host.Change(AccessChange.Replace(user with { LockedUntil = ApiHost.Noon + TimeSpan.FromHours(1) }));
        using var patched = await _host.Admin.PatchAsync("/api/users/ana", HttpWords.Json("""{"locked":false}"""));
        Assert.That(patched.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using var response = await LoginAsync("ana");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_refresh_token_is_good_once_and_the_second_time_ends_the_session()
    {
        _host.AddUser("ana", new RoleGrant(Roles.Viewer, "default"));
        var first = await TokensAsync(await LoginAsync("ana"));
        var second = await TokensAsync(await RefreshAsync(first.Refresh));
        Assert.That(second.Refresh, Is.Not.EqualTo(first.Refresh));
        using var ana = _host.ClientWith(second.Access);
        Assert.That((await ana.GetAsync(ApiHost.Jobs)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using var again = await RefreshAsync(first.Refresh);
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(
            (await ana.GetAsync(ApiHost.Jobs)).StatusCode,
            Is.EqualTo(HttpStatusCode.Unauthorized),
            "access tokens of the session are refused too"
        );
        Assert.That(
            (await RefreshAsync(second.Refresh)).StatusCode,
            Is.EqualTo(HttpStatusCode.Unauthorized),
            "the next refresh token is refused too"
        );
    }

    [Test]
    public async Task Of_a_hundred_refreshes_with_one_token_one_wins()
    {
        _host.AddUser("ana");
        var tokens = await TokensAsync(await LoginAsync("ana"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => RefreshAsync(tokens.Refresh)));
        Assert.That(answers.Count(answer => answer.IsSuccessStatusCode), Is.EqualTo(1));
        Assert.That(
            answers.Where(answer => !answer.IsSuccessStatusCode).Select(answer => answer.StatusCode),
            Is.All.EqualTo(HttpStatusCode.Unauthorized)
        );
    }

    [Test]
    public async Task A_session_ends_after_a_day_however_often_it_is_refreshed()
    {
        _host.AddUser("ana");
        var tokens = await TokensAsync(await LoginAsync("ana"));
        for (var hour = 1; hour < 24; hour++)
        {
            _host.Time.Advance(TimeSpan.FromHours(1));
            tokens = await TokensAsync(await RefreshAsync(tokens.Refresh));
        }

        _host.Time.Advance(TimeSpan.FromHours(1));
        Assert.That((await RefreshAsync(tokens.Refresh)).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("")]
    [TestCase("AAAA")]
    [TestCase("not base64url!")]
    public async Task A_refresh_token_that_is_none_of_ours_is_refused(string text) =>
        Assert.That((await RefreshAsync(text)).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));

    [Test]
    public async Task A_given_password_must_be_changed_and_the_change_ends_every_session()
    {
        using var made = await _host.Admin.PostTextAsync(
            "/api/users",
            """{"userName":"ben","roles":[{"role":"viewer","namespace":"default"}]}"""
        );
        var given = (await made.BodyAsync()).GetProperty("password").GetString()!;
        var tokens = await TokensAsync(await LoginAsync("ben", given));
        var others = await TokensAsync(await LoginAsync("ben", given));
        using var ben = _host.ClientWith(tokens.Access);
        Assert.That((await ben.GetAsync(ApiHost.Jobs)).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        var next = await TokensAsync(
            await ben.PostTextAsync(
                "/api/auth/password",
                Json(new { currentPassword = given, newPassword = NewPassword })
            )
        );
        Assert.That(
            (await ben.GetAsync("/api/auth/me")).StatusCode,
            Is.EqualTo(HttpStatusCode.Unauthorized),
            "the earlier session has ended"
        );
        Assert.That(
            (await RefreshAsync(others.Refresh)).StatusCode,
            Is.EqualTo(HttpStatusCode.Unauthorized),
            "the other session has ended"
        );
        using var again = _host.ClientWith(next.Access);
        Assert.That((await again.GetAsync(ApiHost.Jobs)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await LoginAsync("ben", given)).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await LoginAsync("ben", NewPassword)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("short", "newPassword")]
    [TestCase("aaaaaaaaaaaaaaaaaaaa", "newPassword")]
    [TestCase("passwordpassword123", "newPassword")]
    [TestCase("ana ana ana ana ana", "newPassword")]
    [TestCase("1234567890123456", "newPassword")]
    public async Task A_weak_password_is_refused(string password, string field)
    {
        using var ana = _host.ClientOf(_host.AddUser("anaana"));
        using var response = await ana.PostTextAsync(
            "/api/auth/password",
            Json(
                new
                {
                    currentPassword = ApiHost.Password,
                    newPassword = password.Replace("ana", "anaana", StringComparison.Ordinal),
                }
            )
        );
        Assert.That((await response.ProblemAsync()).Errors, Contains.Key(field));
    }

    [Test]
    public async Task Changing_the_password_takes_the_old_one()
    {
        using var ana = _host.ClientOf(_host.AddUser("ana"));
        using var response = await ana.PostTextAsync(
            "/api/auth/password",
            Json(new { currentPassword = "not the password at all", newPassword = NewPassword })
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_user_sees_and_ends_own_sessions_and_nobody_elses()
    {
        var (ana, ben) = (_host.AddUser("ana"), _host.AddUser("ben"));
        using var client = _host.ClientOf(ana);
        var (other, token) = _host.BeginSession(ana);
        var (bens, _) = _host.BeginSession(ben);
        var list = (await (await client.GetAsync("/api/auth/sessions")).BodyAsync()).GetProperty("items");
        Assert.That(list.GetArrayLength(), Is.EqualTo(2));
        Assert.That(
            (await client.DeleteAsync($"/api/auth/sessions/{bens.Id}")).StatusCode,
            Is.EqualTo(HttpStatusCode.NotFound)
        );
        Assert.That(
            (await client.DeleteAsync($"/api/auth/sessions/{other.Id}")).StatusCode,
            Is.EqualTo(HttpStatusCode.NoContent)
        );
        using var ended = _host.ClientWith(token);
        Assert.That((await ended.GetAsync("/api/auth/me")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task The_session_longest_unused_goes_when_there_are_too_many()
    {
        _host.AddUser("ana");
        var first = await TokensAsync(await LoginAsync("ana"));
        for (var i = 0; i < SignIns.PerUserMax; i++)
        {
            _host.Time.Advance(TimeSpan.FromSeconds(1));
            await TokensAsync(await LoginAsync("ana"));
        }

        Assert.That((await RefreshAsync(first.Refresh)).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task An_authenticator_app_is_begun_asked_for_and_taken_away()
    {
        using var ana = _host.ClientOf(_host.AddUser("ana"));
        using var begun = await ana.PostTextAsync("/api/auth/totp", Json(new { password = ApiHost.Password }));
        var secret = Totp.FromBase32((await begun.BodyAsync()).GetProperty("secret").GetString()!);
        Assert.That(
            (await LoginAsync("ana")).StatusCode,
            Is.EqualTo(HttpStatusCode.OK),
            "the second factor is not confirmed yet"
        );
        using var wrong = await ana.PostTextAsync("/api/auth/totp/confirm", """{"code":"000000"}""");
        Assert.That(wrong.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        using var confirmed = await ana.PostTextAsync("/api/auth/totp/confirm", Json(new { code = CodeNow(secret) }));
        var codes = (await confirmed.BodyAsync())
            .GetProperty("codes")
            .EnumerateArray()
            .Select(code => code.GetString()!)
            .ToList();
        Assert.That(codes.Distinct().ToList(), Has.Count.EqualTo(10));

        Assert.That(
            (await LoginAsync("ana")).StatusCode,
            Is.EqualTo(HttpStatusCode.Unauthorized),
            "a sign-in without a code is refused"
        );
        Assert.That(
            (await LoginAsync("ana", totp: CodeNow(secret))).StatusCode,
            Is.EqualTo(HttpStatusCode.Unauthorized),
            "the code that confirmed the factor is refused"
        );
        _host.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.That((await LoginAsync("ana", totp: CodeNow(secret))).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            (await LoginAsync("ana", totp: CodeNow(secret))).StatusCode,
            Is.EqualTo(HttpStatusCode.Unauthorized),
            "a used code is refused"
        );
        Assert.That(
            (await LoginAsync("ana", totp: codes[3])).StatusCode,
            Is.EqualTo(HttpStatusCode.OK),
            "a recovery code is accepted"
        );
        Assert.That(
            (await LoginAsync("ana", totp: codes[3])).StatusCode,
            Is.EqualTo(HttpStatusCode.Unauthorized),
            "a used recovery code is refused"
        );

        using var removed = await ana.PostTextAsync("/api/auth/totp/remove", Json(new { password = ApiHost.Password }));
        Assert.That(removed.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await LoginAsync("ana")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Of_a_hundred_sign_ins_with_one_code_one_gets_in()
    {
        using var ana = _host.ClientOf(_host.AddUser("ana"));
        using var begun = await ana.PostTextAsync("/api/auth/totp", Json(new { password = ApiHost.Password }));
        var secret = Totp.FromBase32((await begun.BodyAsync()).GetProperty("secret").GetString()!);
        using var confirmed = await ana.PostTextAsync("/api/auth/totp/confirm", Json(new { code = CodeNow(secret) }));
        Assert.That(confirmed.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        _host.Time.Advance(TimeSpan.FromSeconds(30));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => LoginAsync("ana", totp: CodeNow(secret))));
        Assert.That(answers.Count(answer => answer.IsSuccessStatusCode), Is.EqualTo(1));
    }

    [Test]
    public async Task A_key_has_no_session_to_leave()
    {
        using var response = await _host.Admin.PostAsync("/api/auth/logout", null);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
    }

    [TestCase("""{"userName":"ana"}""", "password")]
    [TestCase("""{"userName":"no spaces","password":"x"}""", "userName")]
    [TestCase("""{"userName":"ana\nforged line","password":"x"}""", "userName")]
    [TestCase("""{"userName":5,"password":"x"}""", "userName")]
    public async Task A_bad_sign_in_is_refused_by_its_field(string body, string field)
    {
        using var response = await _nobody.PostTextAsync("/api/auth/login", body);
        Assert.That((await response.ProblemAsync()).Errors, Contains.Key(field));
    }

    [Test]
    public void Codes_are_those_of_the_standard()
    {
        // The test vectors of RFC 6238, appendix B, SHA-1, with six digits in place of eight.
        var secret = "12345678901234567890"u8.ToArray();
        Assert.That(
            new[] { 59L, 1111111109, 1111111111, 1234567890, 2000000000, 20000000000 }.Select(at =>
                Totp.CodeOf(secret, at / 30)
            ),
            Is.EqualTo(new[] { "287082", "081804", "050471", "005924", "279037", "353130" })
        );
        Assert.That(Totp.FromBase32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), Is.EqualTo(secret));
    }

    private string CodeNow(byte[] secret) => Totp.CodeOf(secret, _host.Time.GetUtcNow().ToUnixTimeSeconds() / 30);

    private static string Json(object body) => JsonSerializer.Serialize(body);

    private Task<HttpResponseMessage> LoginAsync(
        string userName,
        string password = ApiHost.Password,
        string? totp = null
    ) =>
        _nobody.PostTextAsync(
            "/api/auth/login",
            Json(
                new
                {
                    userName,
                    password,
                    totp,
                }
            )
        );

    private Task<HttpResponseMessage> RefreshAsync(string token) =>
        _nobody.PostTextAsync("/api/auth/refresh", Json(new { refreshToken = token }));

    private static async Task<(string Access, string Refresh)> TokensAsync(HttpResponseMessage response)
    {
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        var body = await response.BodyAsync();
        return (body.GetProperty("accessToken").GetString()!, body.GetProperty("refreshToken").GetString()!);
    }
}
