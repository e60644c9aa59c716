using System.Net;
using System.Text.Json;
using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>
/// If-Match and If-None-Match (RFC 9110, 13.1) over all routes of the document. Routes whose thing has an ETag check
/// the conditions; on the other routes no tag matches.
/// </summary>
[Parallelizable]
public sealed class ConditionTests
{
    private const string Schedule =
        """{"name":"NAME","trigger":{"kind":"cron","expression":"0 2 * * *"},"job":{"method":"a"}}""";
    private const string AlertChannels = "/api/namespaces/default/alerts/channels";
    private const string AlertChannel = """{"kind":"mail","to":["ops@example.org"]}""";
    private const string AlertRules = "/api/namespaces/default/alerts/rules";
    private const string AlertRule = """{"when":"jobFailed","channels":["ops"]}""";
    private const string Role = """{"name":"NAME","rules":[{"permissions":["jobs:read"]}]}""";

    // For each operation: where the thing is made and with which body, the address of the thing, and the body of the
    // request.
    private static readonly Fact[] Facts =
    [
        new("getSchedule", "/api/namespaces/default/schedules", Schedule),
        new("putSchedule", "/api/namespaces/default/schedules", Schedule, Body: Schedule),
        new("deleteSchedule", "/api/namespaces/default/schedules", Schedule),
        new("pauseSchedule", "/api/namespaces/default/schedules", Schedule, "/pause"),
        new("resumeSchedule", "/api/namespaces/default/schedules", Schedule, "/resume"),
        new("triggerSchedule", "/api/namespaces/default/schedules", Schedule, "/trigger"),
        new("backfillSchedule", "/api/namespaces/default/schedules", Schedule, "/backfill", Backfill),
        new("cancelBackfill", "/api/namespaces/default/schedules", Schedule, "/backfill"),
        new("getCalendar", "/api/namespaces/default/calendars", """{"name":"NAME"}"""),
        new("putCalendar", "/api/namespaces/default/calendars", """{"name":"NAME"}""", Body: """{"name":"NAME"}"""),
        new("deleteCalendar", "/api/namespaces/default/calendars", """{"name":"NAME"}"""),
        new("getAlertChannel", AlertChannels, AlertChannel),
        new("putAlertChannel", AlertChannels, AlertChannel, Body: AlertChannel),
        new("deleteAlertChannel", AlertChannels, AlertChannel),
        new("getAlertRule", AlertRules, AlertRule),
        new("putAlertRule", AlertRules, AlertRule, Body: AlertRule),
        new("deleteAlertRule", AlertRules, AlertRule),
        new("getRole", "/api/roles", Role),
        new("putRole", "/api/roles", Role, Body: Role),
        new("deleteRole", "/api/roles", Role),
        new("getUser", "/api/users", """{"userName":"NAME"}"""),
        new("patchUser", "/api/users", """{"userName":"NAME"}""", Body: """{"requestsPerMinute":5}"""),
        new("deleteUser", "/api/users", """{"userName":"NAME"}"""),
        new("resetPassword", "/api/users", """{"userName":"NAME"}""", "/password", "{}"),
        new("getNamespace", "/api/namespaces", """{"name":"NAME"}"""),
        new("patchNamespace", "/api/namespaces", """{"name":"NAME"}""", Body: """{"description":"changed"}"""),
        new("deleteNamespace", "/api/namespaces", """{"name":"NAME"}""", "?confirm=NAME"),
    ];

    private const string Backfill = """{"from":"2026-01-01T00:00:00Z","to":"2026-01-11T00:00:00Z"}""";

    // For each header and value (TAG stands for the present ETag): the status of a change and of a GET; 200 means any
    // success.
    private static readonly (string Header, string Value, int Change, int Get)[] Matrix =
    [
        ("If-Match", "TAG", 200, 200),
        ("If-Match", "*", 200, 200),
        ("If-Match", "\"999\", TAG", 200, 200),
        ("If-Match", "TAG,\"foreign, with a comma\"", 200, 200),
        ("If-Match", "\"999\"", 412, 412),
        ("If-Match", "W/TAG", 412, 412),
        ("If-Match", "\"foreign\"", 412, 412),
        ("If-Match", "\"\"", 412, 412),
        ("If-Match", "\"99999999999999999999\"", 412, 412),
        ("If-Match", "1", 400, 400),
        ("If-Match", "\"1", 400, 400),
        ("If-Match", "*, TAG", 400, 400),
        ("If-None-Match", "TAG", 412, 304),
        ("If-None-Match", "W/TAG", 412, 304),
        ("If-None-Match", "\"999\", TAG", 412, 304),
        ("If-None-Match", "*", 412, 304),
        ("If-None-Match", "\"999\"", 200, 200),
        ("If-None-Match", "\"foreign\"", 200, 200),
        ("If-None-Match", "nothing", 400, 400),
    ];

    private ApiHost _host = null!;
    private JsonElement _document;
    private int _made;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _host = await ApiHost.StartAsync();
        using var document = await _host.Admin.GetAsync("/openapi/v1.json");
        _document = await document.BodyAsync();
        using var channel = await _host.Admin.PutTextAsync($"{AlertChannels}/ops", AlertChannel);
        Assert.That(channel.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public void Every_route_that_says_so_is_in_the_table() =>
        Assert.That(
            Operations()
                .Where(operation => IsConditional(operation.Operation))
                .Select(operation => IdOf(operation.Operation)),
            Is.EquivalentTo(Facts.Select(fact => fact.Operation))
        );

    private static IEnumerable<TestCaseData> Cells() =>
        from fact in Facts
        from cell in Matrix
        select new TestCaseData(fact, cell.Header, cell.Value, cell.Change, cell.Get).SetArgDisplayNames(
            fact.Operation,
            $"{cell.Header}: {cell.Value}"
        );

    [TestCaseSource(nameof(Cells))]
    public async Task A_route_keeps_to_the_condition(Fact fact, string header, string value, int change, int get)
    {
        var (verb, _, _) = Operations().Single(operation => IdOf(operation.Operation) == fact.Operation);
        var name = $"n{Interlocked.Increment(ref _made)}";
        var make = fact.Make.Replace("NAME", name, StringComparison.Ordinal);
        // Channels and rules of alerts are made at their own addresses.
        using var made = fact.Home is AlertChannels or AlertRules
            ? await _host.Admin.PutTextAsync($"{fact.Home}/{name}", make)
            : await _host.Admin.PostTextAsync(fact.Home, make);
        Assert.That((int)made.StatusCode, Is.EqualTo(201), await made.Content.ReadAsStringAsync());
        var address = $"{fact.Home}/{name}";
        if (fact.Operation == "cancelBackfill")
        {
            using var begun = await _host.Admin.PostTextAsync($"{address}/backfill", Backfill);
            Assert.That((int)begun.StatusCode, Is.EqualTo(202));
        }

        var tag = await TagOfAsync(address);
        var expected = verb == "GET" ? get : change;
        using var answer = await SendAsync(
            verb,
            address + fact.Suffix.Replace("NAME", name, StringComparison.Ordinal),
            fact.Body?.Replace("NAME", name, StringComparison.Ordinal),
            header,
            value.Replace("TAG", tag, StringComparison.Ordinal)
        );
        var status = (int)answer.StatusCode;
        Assert.That(
            status is >= 200 and < 300 ? 200 : status,
            Is.EqualTo(expected),
            await answer.Content.ReadAsStringAsync()
        );
        if (expected == 304)
        {
            Assert.That(answer.Headers.ETag!.Tag, Is.EqualTo(tag));
            Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.Empty);
        }
        else if (expected != 200)
        {
            Assert.That((await answer.ProblemAsync()).Status, Is.EqualTo(expected));
            Assert.That(await TagOfAsync(address), Is.EqualTo(tag), "nothing has changed");
        }
    }

    [Test]
    public async Task Where_nothing_has_an_ETag_no_tag_matches_and_nothing_is_done()
    {
        var asked = 0;
        foreach (var (verb, path, _) in Operations().Where(operation => !IsConditional(operation.Operation)))
        {
            var address = path.Replace("{ns}", "default", StringComparison.Ordinal)
                .Replace("{", "", StringComparison.Ordinal)
                .Replace("}", "", StringComparison.Ordinal);
            _host.Broker.Inputs.Clear();
            using var answer = await SendAsync(verb, address, null, "If-Match", "\"1\"");
            Assert.That((int)answer.StatusCode, Is.EqualTo(412), $"{verb} {path}");
            Assert.That(_host.Broker.Inputs, Is.Empty, $"{verb} {path}");
            asked++;
        }

        Assert.That(asked, Is.GreaterThan(50));
    }

    [Test]
    public async Task A_schedule_that_has_moved_on_is_shown_again_and_may_still_be_edited_by_its_version()
    {
        using var made = await _host.Admin.PostTextAsync(
            ApiHost.Schedules,
            Schedule.Replace("NAME", "moving", StringComparison.Ordinal)
        );
        var address = $"{ApiHost.Schedules}/moving";
        var before = await TagOfAsync(address);
        using var paused = await _host.Admin.PostTextAsync($"{address}/pause", """{"note":"rain"}""");
        using var again = await SendAsync("GET", address, null, "If-None-Match", before);
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.OK), "a pause changes the whole ETag");
        var after = again.Headers.ETag!.Tag;
        Assert.That(after, Does.StartWith("\"1-").And.Not.EqualTo(before));
        using var known = await SendAsync("GET", address, null, "If-None-Match", after);
        Assert.That(known.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
        using var edit = await SendAsync(
            "PUT",
            address,
            Schedule.Replace("NAME", "moving", StringComparison.Ordinal),
            "If-Match",
            before
        );
        Assert.That(edit.StatusCode, Is.EqualTo(HttpStatusCode.OK), "nobody has saved another version");
    }

    [Test]
    public async Task Conditions_of_what_is_not_there()
    {
        using var create = await SendAsync(
            "PUT",
            $"{ApiHost.Schedules}/fresh",
            Schedule.Replace("NAME", "fresh", StringComparison.Ordinal),
            "If-None-Match",
            "*"
        );
        Assert.That(create.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        using var calendar = await SendAsync(
            "PUT",
            "/api/namespaces/default/calendars/fresh",
            """{"name":"fresh"}""",
            "If-None-Match",
            "*"
        );
        Assert.That(calendar.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        using var absent = await SendAsync(
            "PUT",
            "/api/namespaces/default/calendars/absent",
            """{"name":"absent"}""",
            "If-Match",
            "*"
        );
        Assert.That(absent.StatusCode, Is.EqualTo(HttpStatusCode.PreconditionFailed));
        using var role = await SendAsync("DELETE", "/api/roles/absent", null, "If-Match", "\"1\"");
        Assert.That(role.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_change_in_between_is_a_failed_condition_too()
    {
        using var made = await _host.Admin.PostTextAsync(
            "/api/roles",
            Role.Replace("NAME", "raced", StringComparison.Ordinal)
        );
        _host.Broker.Override = input =>
            input is BrokerInput.ChangeAccess
                ? new Answer.Refused(ErrorCodes.Conflict, "It has been changed meanwhile: read it again.")
                : null;
        try
        {
            using var conditional = await SendAsync(
                "PUT",
                "/api/roles/raced",
                Role.Replace("NAME", "raced", StringComparison.Ordinal),
                "If-Match",
                "\"1\""
            );
            Assert.That(conditional.StatusCode, Is.EqualTo(HttpStatusCode.PreconditionFailed));
            using var other = await _host.Admin.PutTextAsync(
                "/api/roles/raced",
                Role.Replace("NAME", "raced", StringComparison.Ordinal)
            );
            Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        }
        finally
        {
            _host.Broker.Override = _ => null;
        }
    }

    private async Task<string> TagOfAsync(string address)
    {
        using var read = await _host.Admin.GetAsync(address);
        Assert.That(read.StatusCode, Is.EqualTo(HttpStatusCode.OK), address);
        return read.Headers.ETag!.Tag;
    }

    private async Task<HttpResponseMessage> SendAsync(
        string verb,
        string address,
        string? body,
        string header,
        string value
    )
    {
        using var request = new HttpRequestMessage(new HttpMethod(verb), address)
        {
            Content = body is null ? null : HttpWords.Json(body),
        };
        request.Headers.TryAddWithoutValidation(header, value);
        return await _host.Admin.SendAsync(request);
    }

    private IEnumerable<(string Verb, string Path, JsonElement Operation)> Operations() =>
        from path in _document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select (operation.Name.ToUpperInvariant(), path.Name, operation.Value);

    private static string IdOf(JsonElement operation) => operation.GetProperty("operationId").GetString()!;

    private static bool IsConditional(JsonElement operation) =>
        operation.TryGetProperty("parameters", out var all)
        && all.EnumerateArray().Any(parameter => parameter.GetProperty("name").GetString() == "If-Match");

    public sealed record Fact(string Operation, string Home, string Make, string Suffix = "", string? Body = null);
}
