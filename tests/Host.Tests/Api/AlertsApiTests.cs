using System.Net;
using System.Text.Json;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class AlertsApiTests
{
    private const string Alerts = "/api/namespaces/default/alerts";
    private const string Rules = $"{Alerts}/rules";
    private const string Channels = $"{Alerts}/channels";
    private const string Url = "https://hooks.example.org/services/T0/B0/secret-part";
    private const string Webhook = $$"""{"kind":"webhook","url":"{{Url}}"}""";
    private const string Failures = """{"when":"jobFailed","only":["reports.*"],"channels":["ops"]}""";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task A_rule_is_made_read_listed_replaced_muted_and_deleted()
    {
        await PutAsync($"{Channels}/ops", Webhook, HttpStatusCode.Created);
        using var created = await _host.Admin.PutTextAsync($"{Rules}/failures", Failures);
        Assert.That(created.StatusCode, Is.EqualTo(HttpStatusCode.Created), await created.Content.ReadAsStringAsync());
        using var read = await _host.Admin.GetAsync(created.Headers.Location);
        var rule = await read.BodyAsync();
        Assert.That(read.Headers.ETag!.Tag, Is.EqualTo("\"1\""));
        Assert.That(
            new[] { "wait", "repeat", "quiet" }.Select(field => rule.GetProperty(field).GetString()),
            Is.EqualTo(new[] { "PT30S", "PT4H", "PT1H" })
        );
        using var late = await _host.Admin.PutTextAsync($"{Rules}/failures", Failures, "\"7\"");
        Assert.That(late.StatusCode, Is.EqualTo(HttpStatusCode.PreconditionFailed));
        using var muted = await _host.Admin.PostTextAsync(
            $"{Rules}/failures/mute",
            """{"until":"2026-10-02T00:00:00Z","reason":"The printer is mended"}"""
        );
        Assert.That((await muted.BodyAsync()).GetProperty("mutedUntil").GetString(), Does.StartWith("2026-10-02"));
        using var replaced = await _host.Admin.PutTextAsync($"{Rules}/failures", Failures, "\"1\"");
        Assert.That(
            (await replaced.BodyAsync()).TryGetProperty("mutedUntil", out _),
            Is.True,
            "a change of the rule does not end the silence"
        );
        using var list = await _host.Admin.GetAsync(Rules);
        Assert.That((await list.BodyAsync()).GetProperty("items")[0].GetProperty("version").GetInt32(), Is.EqualTo(2));
        using var unmuted = await _host.Admin.PostTextAsync($"{Rules}/failures/unmute", "");
        Assert.That((await unmuted.BodyAsync()).TryGetProperty("mutedUntil", out _), Is.False);
        Assert.That(
            (await _host.Admin.DeleteAsync($"{Rules}/failures")).StatusCode,
            Is.EqualTo(HttpStatusCode.NoContent)
        );
        Assert.That((await _host.Admin.GetAsync($"{Rules}/failures")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task The_url_of_a_channel_is_never_shown_and_its_secret_only_once()
    {
        var created = await PutAsync($"{Channels}/ops", Webhook, HttpStatusCode.Created);
        var secret = created.GetProperty("secret").GetString()!;
        Assert.That(secret, Does.Match("^whsec_[A-Za-z0-9+/]{43}=$"));
        Assert.That(created.GetProperty("host").GetString(), Is.EqualTo("https://hooks.example.org"));
        foreach (var path in new[] { Channels, $"{Channels}/ops" })
        {
            using var read = await _host.Admin.GetAsync(path);
            var body = await read.Content.ReadAsStringAsync();
            Assert.That(body, Does.Not.Contain("secret").And.Not.Contain("services"));
        }

        var stored = JsonSerializer.Serialize<object>(_host.Broker.Alerts.FindChannel("default", "ops")!);
        Assert.That(stored, Does.Not.Contain("secret-part").And.Not.Contain(secret[6..]));
        Assert.That(_host.Broker.Noted.Select(note => $"{note}"), Has.None.Contain("secret-part"));
    }

    [Test]
    public async Task A_change_without_url_and_secret_leaves_those_that_are_there()
    {
        var secret = (await PutAsync($"{Channels}/ops", Webhook, HttpStatusCode.Created))
            .GetProperty("secret")
            .GetString()!;
        var changed = await PutAsync(
            $"{Channels}/ops",
            """{"kind":"webhook","description":"the new text","enabled":false}""",
            HttpStatusCode.OK
        );
        Assert.That(changed.TryGetProperty("secret", out _), Is.False);
        await TestAsync("ops");
        var (target, notice) = _host.Sender.Sent.Single();
        Assert.That(((AlertTarget.Webhook)target).Url.AbsoluteUri, Is.EqualTo(Url));
        Assert.That(Convert.ToBase64String(((AlertTarget.Webhook)target).Secret), Is.EqualTo(secret[6..]));
        Assert.That((notice.Phase, notice.Channel), Is.EqualTo((AlertPhase.Test, "ops")));
        await PutAsync($"{Channels}/ops", """{"kind":"slack"}""", HttpStatusCode.BadRequest);
    }

    [Test]
    public async Task A_secret_that_is_given_signs_and_a_secret_that_the_broker_made_is_32_bytes()
    {
        var given = "whsec_" + Convert.ToBase64String(new byte[24]);
        var body = $$"""{"kind":"webhook","url":"{{Url}}","secret":"{{given}}"}""";
        Assert.That(
            (await PutAsync($"{Channels}/ops", body, HttpStatusCode.Created)).GetProperty("secret").GetString(),
            Is.EqualTo(given)
        );
        await TestAsync("ops");
        Assert.That(((AlertTarget.Webhook)_host.Sender.Sent.Single().Target).Secret, Is.EqualTo(new byte[24]));
    }

    [Test]
    public async Task A_test_says_what_went_wrong()
    {
        await PutAsync($"{Channels}/ops", """{"kind":"mail","to":["ops@example.org"]}""", HttpStatusCode.Created);
        _host.Sender.Outcome = (_, _) => Task.FromResult(SendResult.Failed("mail.example.org refused the address."));
        var outcome = await TestAsync("ops");
        Assert.That(outcome.GetProperty("sent").GetBoolean(), Is.False);
        Assert.That(outcome.GetProperty("problem").GetString(), Is.EqualTo("mail.example.org refused the address."));
        Assert.That(_host.Broker.Noted[^1].Action, Is.EqualTo("alerts:test"));
        using var unknown = await _host.Admin.PostTextAsync($"{Channels}/none/test", "");
        Assert.That(unknown.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("""{"kind":"webhook"}""", "url")]
    [TestCase("""{"kind":"webhook","url":"ftp://a.example"}""", "url")]
    [TestCase("""{"kind":"webhook","url":"https://user:pw@a.example/"}""", "url")]
    [TestCase("""{"kind":"webhook","url":"https://a.example/","secret":"short"}""", "secret")]
    [TestCase("""{"kind":"webhook","url":"https://a.example/","secret":"whsec_AAAA"}""", "secret")]
    [TestCase("""{"kind":"webhook","url":"https://a.example/","to":["a@b.example"]}""", "to")]
    [TestCase("""{"kind":"slack","url":"https://a.example/","secret":"whsec_AAAA"}""", "secret,secret")]
    [TestCase("""{"kind":"mail"}""", "to")]
    [TestCase("""{"kind":"mail","to":[]}""", "to")]
    [TestCase("""{"kind":"mail","to":["nobody"]}""", "to[0]")]
    [TestCase("""{"kind":"mail","to":["a@b.example\r\nBcc: c@d.example"]}""", "to[0]")]
    [TestCase("""{"kind":"mail","to":["a@b.example"],"url":"https://a.example/"}""", "url")]
    [TestCase("""{"kind":"mail","to":["a@b.example"],"name":"other"}""", "name")]
    [TestCase("""{"kind":"mail","to":["a@b.example"],"description":""}""", "description")]
    [TestCase("""{"kind":"pigeon","url":"https://a.example/"}""", "kind")]
    [TestCase("""{"url":"https://a.example/"}""", "kind")]
    public async Task A_bad_channel_is_refused_by_the_path_of_its_field(string body, string paths)
    {
        using var response = await _host.Admin.PutTextAsync($"{Channels}/ops", body);
        var problem = await response.ProblemAsync();
        Assert.That((problem.Status, problem.Code), Is.EqualTo((400, ErrorCodes.Invalid)));
        Assert.That(
            problem.Errors!.Keys,
            Is.EquivalentTo(paths.Split(',').Distinct()),
            JsonSerializer.Serialize(problem)
        );
        Assert.That(_host.Broker.Inputs, Is.Empty);
    }

    [TestCase("""{"when":"jobFailed"}""", "channels")]
    [TestCase("""{"when":"jobFailed","channels":[]}""", "channels")]
    [TestCase("""{"when":"jobFailed","channels":["ops","ops"]}""", "channels")]
    [TestCase("""{"when":"jobFailed","channels":["a/b"]}""", "channels[0]")]
    [TestCase("""{"when":"jobFailed","channels":["ops"],"only":[]}""", "only")]
    [TestCase("""{"when":"jobFailed","channels":["ops"],"only":["a b"]}""", "only[0]")]
    [TestCase("""{"when":"jobFailed","channels":["ops"],"after":"PT5M"}""", "after")]
    [TestCase("""{"when":"jobFailed","channels":["ops"],"wait":"PT2H"}""", "wait")]
    [TestCase("""{"when":"jobFailed","channels":["ops"],"repeat":"PT1S"}""", "repeat")]
    [TestCase("""{"when":"jobFailed","channels":["ops"],"quiet":"P8D"}""", "quiet")]
    [TestCase("""{"when":"handlerSilent","channels":["ops"],"quiet":"PT1H"}""", "quiet")]
    [TestCase("""{"when":"handlerSilent","channels":["ops"],"after":"PT1S"}""", "after")]
    [TestCase("""{"when":"nothingSucceeded","channels":["ops"],"only":["m"]}""", "after")]
    [TestCase("""{"when":"nothingSucceeded","channels":["ops"],"after":"PT1H"}""", "only")]
    [TestCase("""{"when":"nothingSucceeded","channels":["ops"],"after":"PT1H","only":["m*"]}""", "only")]
    [TestCase("""{"when":"diskLow","channels":["ops"],"only":["m"]}""", "only")]
    [TestCase("""{"when":"moonFull","channels":["ops"]}""", "when")]
    public async Task A_bad_rule_is_refused_by_the_path_of_its_field(string body, string path)
    {
        using var response = await _host.Admin.PutTextAsync($"{Rules}/failures", body);
        var problem = await response.ProblemAsync();
        Assert.That((problem.Status, problem.Code), Is.EqualTo((400, ErrorCodes.Invalid)));
        Assert.That(problem.Errors!.Keys, Is.EquivalentTo(new[] { path }), JsonSerializer.Serialize(problem));
        Assert.That(_host.Broker.Inputs, Is.Empty);
    }

    [TestCase("""{"until":"2090-01-01T00:00:00Z"}""", "until")]
    [TestCase("""{"until":"1990-01-01T00:00:00Z"}""", "until")]
    [TestCase("""{"until":"2026-10-02T00:00:00Z","reason":""}""", "reason")]
    [TestCase("{}", "until")]
    public async Task A_bad_silence_is_refused_by_the_path_of_its_field(string body, string path)
    {
        using var response = await _host.Admin.PostTextAsync($"{Rules}/failures/mute", body);
        var problem = await response.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(400));
        Assert.That(problem.Errors!.Keys, Is.EquivalentTo(new[] { path }), JsonSerializer.Serialize(problem));
    }

    [Test]
    public async Task A_rule_with_a_channel_that_is_not_there_is_refused()
    {
        using var response = await _host.Admin.PutTextAsync($"{Rules}/failures", Failures);
        var problem = await response.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(400));
        Assert.That(problem.Errors!["channels"].Single(), Is.EqualTo("There is no channel \"ops\"."));
    }

    [TestCase("diskLow")]
    [TestCase("linkDown")]
    [TestCase("certificateExpires")]
    public async Task A_rule_about_the_whole_broker_takes_the_permission_to_see_that(string when)
    {
        await PutAsync($"{Channels}/ops", Webhook, HttpStatusCode.Created);
        var body = $$"""{"when":"{{when}}","channels":["ops"]}""";
        using var ofNamespace = _host.Client(_host.AddKey(Roles.Admin, "default"));
        using var refused = await ofNamespace.PutTextAsync($"{Rules}/whole", body);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await refused.ProblemAsync()).Detail, Does.Contain("settings:read"));
        await PutAsync($"{Rules}/whole", body, HttpStatusCode.Created);
    }

    [TestCase("jobFailed", "jobs:read")]
    [TestCase("waitingLong", "jobs:read")]
    [TestCase("occurrenceMissed", "schedules:read")]
    [TestCase("handlerSilent", "handlers:read")]
    [TestCase("keyExpires", "keys:manage")]
    public async Task A_rule_takes_the_permission_to_read_what_it_tells_of(string when, string permission)
    {
        await PutAsync($"{Channels}/ops", Webhook, HttpStatusCode.Created);
        using var role = await _host.Admin.PostTextAsync(
            "/api/roles",
            """{"name":"alerter","rules":[{"permissions":["alerts:manage"]}]}"""
        );
        Assert.That(role.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        using var alerter = _host.Client(_host.AddKey("alerter"));
        using var refused = await alerter.PutTextAsync($"{Rules}/all", $$"""{"when":"{{when}}","channels":["ops"]}""");
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await refused.ProblemAsync()).Detail, Does.Contain(permission));
    }

    [Test]
    public async Task Open_alerts_are_listed_with_their_jobs_for_those_who_may_read_jobs()
    {
        var alert = new AlertRecord
        {
            Namespace = "default",
            Rule = "failures",
            Subject = "reports.render",
            Condition = AlertCondition.JobFailed,
            Since = ApiHost.Noon,
            LastAt = ApiHost.Noon,
            NextAt = ApiHost.Noon,
            Count = 3,
            Samples = [new AlertSample(new JobId(Guid.NewGuid()), "reports.render", "h", "No paper", ApiHost.Noon)],
        };
        _host.Broker.Alerts.Put(alert, isGone: false);
        _host.Broker.Alerts.Put(alert with { Rule = "other" }, isGone: false);
        _host.Broker.Alerts.Put(alert with { Namespace = "tenant-a" }, isGone: false);
        using var all = await _host.Admin.GetAsync(Alerts);
        Assert.That((await all.BodyAsync()).GetProperty("items").GetArrayLength(), Is.EqualTo(2));
        using var one = await _host.Admin.GetAsync($"{Alerts}?rule=failures");
        var item = (await one.BodyAsync()).GetProperty("items").EnumerateArray().Single();
        Assert.That(item.GetProperty("jobs")[0].GetProperty("text").GetString(), Is.EqualTo("No paper"));
        using var role = await _host.Admin.PostTextAsync(
            "/api/roles",
            """{"name":"watcher","rules":[{"permissions":["alerts:read"]}]}"""
        );
        Assert.That(role.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        using var watcher = _host.Client(_host.AddKey("watcher"));
        using var seen = await watcher.GetAsync($"{Alerts}?rule=failures");
        item = (await seen.BodyAsync()).GetProperty("items").EnumerateArray().Single();
        Assert.That(item.TryGetProperty("jobs", out _), Is.False);
    }

    private async Task<JsonElement> PutAsync(string path, string body, HttpStatusCode status)
    {
        using var response = await _host.Admin.PutTextAsync(path, body);
        Assert.That(response.StatusCode, Is.EqualTo(status), await response.Content.ReadAsStringAsync());
        return await response.BodyAsync();
    }

    private async Task<JsonElement> TestAsync(string channel)
    {
        using var response = await _host.Admin.PostTextAsync($"{Channels}/{channel}/test", "");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return await response.BodyAsync();
    }
}
