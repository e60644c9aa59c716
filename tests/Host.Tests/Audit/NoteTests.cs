using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Api;
using static ScheduleZero.Host.Tests.Audit.WritingRoutes;

namespace ScheduleZero.Host.Tests.Audit;

/// <summary>The notes that the audit log gets of requests that write.</summary>
[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class NoteTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    private static IEnumerable<TestCaseData> Rows() =>
        Writes.Select(row =>
            new TestCaseData(row.Verb, row.Path, row.Body, row.Action, row.Object).SetArgDisplayNames(
                row.Verb,
                row.Route
            )
        );

    [Test]
    public void Every_route_that_writes_is_in_the_table()
    {
        var writing = _host
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint =>
                endpoint
                    .Metadata.GetMetadata<HttpMethodMetadata>()!
                    .HttpMethods.Where(verb => verb is not ("GET" or "HEAD"))
                    .Select(verb => $"{verb} /{endpoint.RoutePattern.RawText!.Trim('/')}")
            );
        Assert.That(
            writing.Except(Questions).Except(BulkWrites),
            Is.EquivalentTo(Writes.Select(row => $"{row.Verb} {row.Route}").Concat(OwnWrites))
        );
    }

    [TestCaseSource(nameof(Rows))]
    public async Task A_write_is_noted_with_who_and_what(
        string verb,
        string path,
        string body,
        string action,
        string subject
    )
    {
        var (job, ended, key) = await PrepareAsync();
        var session = _host.BeginSession(_host.AddUser("ana")).SignIn.Id;
        var role = _host.AddRole(new RoleRule { Permissions = ["jobs:read"] });
        var handlerKey = _host.AddKey(null, "default", KeyKind.Handler).Id;
        using var enrolled = await _host.Admin.PostTextAsync($"{Ns}/enrolments", """{"handler":"office-8"}""");
        var enrolment = (await enrolled.BodyAsync()).GetProperty("id").GetString()!;
        using var allowed = await _host.Admin.PostTextAsync(
            "/api/curve/keys",
            """{"publicKey":"JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6","name":"office-8"}"""
        );
        var curve = (await allowed.BodyAsync()).GetProperty("id").GetString()!;
        var before = _host.Broker.Noted.Count;
        string Fill(string text) =>
            text.Replace("{handlerKey}", handlerKey)
                .Replace("{enrolment}", enrolment)
                .Replace("{job}", job)
                .Replace("{ended}", ended)
                .Replace("{key}", key)
                .Replace("{curve}", curve)
                .Replace("{session}", session)
                .Replace("{role}", role);
        using var response = await SendAsync(_host.Admin, verb, Fill(path), Fill(body));
        Assert.That(response.IsSuccessStatusCode, Is.True, await response.Content.ReadAsStringAsync());
        var note = _host.Broker.Noted.Skip(before).Single();
        Assert.That(
            (note.Action, note.Actor, note.Method),
            Is.EqualTo((action, $"key:{_host.AdminKey.Id}", "api-key"))
        );
        Assert.That(note.Object, Does.StartWith(Fill(subject)));
        var ns =
            path.StartsWith(Ns, StringComparison.Ordinal) ? "default"
            : action.StartsWith("namespaces:", StringComparison.Ordinal) ? subject[10..]
            : null;
        Assert.That((note.Namespace, note.Address, note.Outcome), Is.EqualTo((ns, "127.0.0.1", AuditOutcomes.Allowed)));
        Assert.That(note.RequestId, Is.Not.Empty);
    }

    [TestCaseSource(nameof(Rows))]
    public async Task A_write_without_the_permission_is_noted_as_denied(
        string verb,
        string path,
        string body,
        string action,
        string subject
    )
    {
        var viewer = _host.AddKey(Roles.Viewer);
        using var client = _host.Client(viewer);
        using var response = await SendAsync(client, verb, path, body);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden), $"{action} {subject}");
        var note = _host.Broker.Noted.Single();
        Assert.That(
            (note.Actor, note.Outcome, note.Reason),
            Is.EqualTo(($"key:{viewer.Id}", AuditOutcomes.Denied, ErrorCodes.Forbidden))
        );
        // Making an enrolment takes the permission for keys.
        Assert.That(
            note.Action,
            Does.StartWith(
                action.Replace("enrolments:", "keys:")[..action.Replace("enrolments:", "keys:").IndexOf(':')]
            ),
            "the action is the permission that was needed"
        );
        Assert.That(note.Object, Does.StartWith($"{verb} {path.Split('{', '?')[0]}"));
    }

    private async Task<(string Job, string Ended, string Key)> PrepareAsync()
    {
        foreach (var channel in (string[])["ops", "spare"])
        {
            using var made = await _host.Admin.PutTextAsync(
                $"{Ns}/alerts/channels/{channel}",
                """{"kind":"mail","to":["ops@example.org"]}"""
            );
            Assert.That(made.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        }

        using var rule = await _host.Admin.PutTextAsync(
            $"{Ns}/alerts/rules/failures",
            """{"when":"jobFailed","channels":["ops"]}"""
        );
        Assert.That(rule.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        (await _host.Admin.PostTextAsync($"{Ns}/schedules", ScheduleBody)).Dispose();
        (
            await _host.Admin.PostTextAsync(
                $"{Ns}/schedules/nightly/backfill",
                """{"from":"2026-01-01T00:00:00Z","to":"2026-01-03T00:00:00Z"}"""
            )
        ).Dispose();
        (await _host.Admin.PostTextAsync($"{Ns}/calendars", """{"name":"holidays"}""")).Dispose();
        using var job = await _host.Admin.PostTextAsync($"{Ns}/jobs", """{"method":"a"}""");
        using var other = await _host.Admin.PostTextAsync($"{Ns}/jobs", """{"method":"a"}""");
        var ended = (await other.BodyAsync()).GetProperty("id").GetString()!;
        var stored = _host.Broker.State.Stored.Values.Single(stored => stored.Job.Id.ToString() == ended);
        _host.Broker.Put(
            stored with
            {
                Job = stored.Job with { State = JobState.Succeeded, FinishedAt = ApiHost.Noon },
            }
        );
        return (
            (await job.BodyAsync()).GetProperty("id").GetString()!,
            ended,
            _host.AddKey(Roles.Viewer, "default").Id
        );
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string verb, string path, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(verb), path)
        {
            Content = body.Length == 0 ? null : HttpWords.Json(body),
        };
        return await client.SendAsync(request);
    }
}
