using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Api;

namespace ScheduleZero.Host.Tests.Audit;

/// <summary>The notes that the audit log gets of sign-ins, and of what users do with their own account.</summary>
[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AccountNoteTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task What_users_do_with_their_account_is_noted_with_their_session()
    {
        var user = _host.AddUser("ana", new RoleGrant(Roles.Viewer, "default"));
        using var nobody = _host.Client(null);
        var login = await (
            await nobody.PostTextAsync("/api/auth/login", $$"""{"userName":"ana","password":"{{ApiHost.Password}}"}""")
        ).BodyAsync();
        var refreshed = await (
            await nobody.PostTextAsync(
                "/api/auth/refresh",
                $$"""{"refreshToken":"{{login.GetProperty("refreshToken").GetString()}}"}"""
            )
        ).BodyAsync();
        using var ana = _host.ClientWith(refreshed.GetProperty("accessToken").GetString());
        var proof = $$"""{"password":"{{ApiHost.Password}}"}""";
        var secret = (await (await ana.PostTextAsync("/api/auth/totp", proof)).BodyAsync())
            .GetProperty("secret")
            .GetString()!;
        var code = Totp.CodeOf(Totp.FromBase32(secret), _host.Time.GetUtcNow().ToUnixTimeSeconds() / 30);
        (await ana.PostTextAsync("/api/auth/totp/confirm", $$"""{"code":"{{code}}"}""")).Dispose();
        (
            await nobody.PostTextAsync("/api/auth/login", $$"""{"userName":"ana","password":"{{ApiHost.Password}}"}""")
        ).Dispose();
        Assert.That(
            _host.Broker.Noted[^1],
            Has.Property("Outcome").EqualTo("denied").And.Property("Reason").EqualTo("right password, no code")
        );
        (await ana.PostTextAsync("/api/auth/recovery-codes", proof)).Dispose();
        (await ana.PostTextAsync("/api/auth/totp/remove", proof)).Dispose();
        (await ana.DeleteAsync($"/api/auth/sessions/{_host.BeginSession(user).SignIn.Id}")).Dispose();
        var changed = await (
            await ana.PostTextAsync(
                "/api/auth/password",
                $$"""{"currentPassword":"{{ApiHost.Password}}","newPassword":"quite another set of words"}"""
            )
        ).BodyAsync();
        using var again = _host.ClientWith(changed.GetProperty("accessToken").GetString());
        (await again.PostAsync("/api/auth/logout", null)).Dispose();

        var notes = _host.Broker.Noted.Where(note => note.Outcome != AuditOutcomes.Denied).ToList();
        Assert.That(
            notes.Select(note => note.Action),
            Is.EqualTo(
                new[]
                {
                    "sessions:begin",
                    "sessions:refresh",
                    "users:totp-begin",
                    "users:totp-confirm",
                    "users:recovery-codes",
                    "users:totp-remove",
                    "sessions:end",
                    "users:password",
                    "sessions:end",
                }
            )
        );
        Assert.That(
            notes.Select(note => (note.Actor, note.Outcome)),
            Is.All.EqualTo(("user:ana", AuditOutcomes.Allowed))
        );
        Assert.That(notes.Select(note => note.Session), Is.All.Not.Null);
        Assert.That(
            notes.Select(note => note.Method),
            Is.EqualTo(notes.Select(note => note.Action == "sessions:refresh" ? "refresh-token" : "password"))
        );
        Assert.That(notes.Select(note => $"{note}"), Has.None.Contains(ApiHost.Password).And.None.Contains(secret));
    }

    [Test]
    public async Task Refused_sign_ins_are_noted_with_their_reason_which_the_caller_is_not_told()
    {
        _host.AddUser("ana");
        using var nobody = _host.Client(null);
        foreach (var name in new[] { "ana", "nobody" })
        {
            (
                await nobody.PostTextAsync(
                    "/api/auth/login",
                    $$"""{"userName":"{{name}}","password":"not the password"}"""
                )
            ).Dispose();
        }

        (await nobody.PostTextAsync("/api/auth/refresh", """{"refreshToken":"AAAA"}""")).Dispose();
        Assert.That(
            _host.Broker.Noted.Select(note => (note.Actor, note.Action, note.Object, note.Outcome, note.Reason)),
            Is.EqualTo(
                new[]
                {
                    ("anonymous", "sessions:begin", "user:ana", "denied", "wrong password"),
                    ("anonymous", "sessions:begin", "user:nobody", "denied", "unknown user"),
                    ("anonymous", "sessions:refresh", (string?)null, "denied", "unknown or expired"),
                }
            )
        );
    }

    [Test]
    public async Task A_refresh_token_that_is_used_twice_and_a_lock_out_are_noted()
    {
        _host.AddUser("ana");
        using var nobody = _host.Client(null);
        var login = await (
            await nobody.PostTextAsync("/api/auth/login", $$"""{"userName":"ana","password":"{{ApiHost.Password}}"}""")
        ).BodyAsync();
        for (var i = 0; i < 2; i++)
        {
            (
                await nobody.PostTextAsync(
                    "/api/auth/refresh",
                    $$"""{"refreshToken":"{{login.GetProperty("refreshToken").GetString()}}"}"""
                )
            ).Dispose();
        }

        Assert.That(
            _host.Broker.Noted[^1],
            Has.Property("Action")
                .EqualTo("sessions:end")
                .And.Property("Outcome")
                .EqualTo("denied")
                .And.Property("Reason")
                .Contains("twice")
        );
        for (var i = 0; i < PasswordCheck.FailuresMax; i++)
        {
            (
                await nobody.PostTextAsync("/api/auth/login", """{"userName":"ana","password":"not the password"}""")
            ).Dispose();
        }

        Assert.That(
            _host.Broker.Noted.Count(note => note is { Action: "users:lock", Object: "user:ana" }),
            Is.EqualTo(1)
        );
    }
}
