using System.Net;
using System.Text.Json;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Bulk acts: one request that acts on every job that matches.</summary>
[Parallelizable]
public sealed class BulkActsTests
{
    private const string Bulk = $"{ApiHost.Jobs}/bulk";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [TestCase("{}", "")]
    [TestCase("""{"action":"cancel"}""", "")]
    [TestCase("""{"action":"cancel","filter":null}""", "filter")]
    [TestCase("""{"action":"wipe","filter":{}}""", "action")]
    [TestCase("""{"action":"cancel","filter":{"state":"asleep"}}""", "filter.state")]
    [TestCase("""{"action":"cancel","filter":{"state":"failed"}}""", "filter.state")]
    [TestCase("""{"action":"retry","filter":{"state":"running"}}""", "filter.state")]
    [TestCase("""{"action":"replay","filter":{"state":"ready"}}""", "filter.state")]
    [TestCase("""{"action":"priority","filter":{}}""", "priority")]
    [TestCase("""{"action":"priority","filter":{},"priority":101}""", "priority")]
    [TestCase("""{"action":"retry","filter":{},"priority":1}""", "priority")]
    [TestCase("""{"action":"cancel","filter":{},"grace":"PT2H"}""", "grace")]
    [TestCase("""{"action":"retry","filter":{},"grace":"PT1S"}""", "grace")]
    [TestCase("""{"action":"cancel","filter":{"method":"no way"}}""", "filter.method")]
    [TestCase("""{"action":"cancel","filter":{"tag":"a\nb"}}""", "filter.tag")]
    [TestCase("""{"action":"cancel","filter":{"q":""}}""", "filter.q")]
    [TestCase("""{"action":"cancel","filter":{"from":"9999-01-01T00:00:00Z"}}""", "filter.from")]
    [TestCase("""{"action":"cancel","filter":{"batch":"7"}}""", "filter.batch")]
    [TestCase("""{"action":"cancel","filter":{},"id":"5b0bd0bc-7b4c-4a8e-9d6f-2f1f3d1c9a11"}""", "id")]
    [TestCase("""{"action":"cancel","filter":{},"id":"0198c1a2-7f00-7abc-8def-0123456789ab"}""", "id")]
    public async Task What_makes_no_sense_is_refused_and_the_field_is_named(string body, string field)
    {
        using var response = await _host.Admin.PostTextAsync(Bulk, body);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        var problem = await response.ProblemAsync();
        Assert.That(problem.Code, Is.EqualTo(ErrorCodes.Invalid));
        Assert.That(
            field.Length == 0 || problem.Errors!.ContainsKey(field),
            $"{string.Join(", ", problem.Errors?.Keys ?? [])}"
        );
        Assert.That(_host.Broker.Inputs, Is.Empty);
    }

    [TestCase("{}")]
    [TestCase("""{"priority":-101}""")]
    [TestCase("""{"priority":"high"}""")]
    public async Task A_priority_that_makes_no_sense_is_refused(string body)
    {
        var id = Submit("a");
        using var response = await _host.Admin.PatchAsync($"{ApiHost.Jobs}/{id}", HttpWords.Json(body));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await response.ProblemAsync()).Errors, Does.ContainKey("priority"));
    }

    [Test]
    public async Task The_priority_of_a_job_that_waits_is_changed_and_noted()
    {
        var id = Submit("a");
        using var response = await _host.Admin.PatchAsync($"{ApiHost.Jobs}/{id}", HttpWords.Json("""{"priority":7}"""));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await response.BodyAsync()).GetProperty("priority").GetInt32(), Is.EqualTo(7));
        var note = _host.Broker.Noted[^1];
        Assert.That((note.Action, note.Object), Is.EqualTo(("jobs:priority", $"job:{id}")));
    }

    [Test]
    public async Task A_dry_run_counts_and_changes_nothing()
    {
        Submit("a", 3);
        Submit("b", 2);
        _host.Broker.Inputs.Clear();
        var (status, act) = await BeginAsync(
            _host.Admin,
            """{"action":"cancel","filter":{"method":"a"},"dryRun":true}"""
        );
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            (act.State, act.Matched, act.Changed, act.DryRun),
            Is.EqualTo((BulkActState.Finished, 3L, 0L, true))
        );
        Assert.That(_host.Broker.Inputs.Where(input => input is not BrokerInput.Read), Is.Empty);
    }

    [Test]
    public async Task An_act_is_done_in_slices_and_noted_with_filter_and_counts()
    {
        Submit("a", 250);
        Submit("b");
        _host.Broker.Inputs.Clear();
        var (status, begun) = await BeginAsync(
            _host.Admin,
            """{"action":"priority","priority":9,"filter":{"state":"ready","method":"a"}}"""
        );
        Assert.That(status, Is.EqualTo(HttpStatusCode.Accepted));
        var act = await EndAsync(_host.Admin, begun.Id);
        Assert.That(
            (act.State, act.Matched, act.Done, act.Changed),
            Is.EqualTo((BulkActState.Finished, 250L, 250L, 250L))
        );
        Assert.That(_host.Broker.State.Stored.Values.Count(stored => stored.Job.Spec.Priority == 9), Is.EqualTo(250));
        Assert.That(
            _host.Broker.Inputs.OfType<BrokerInput.ActOnJobs>().Select(slice => slice.Ids.Count),
            Has.All.LessThanOrEqualTo(100)
        );
        var notes = _host.Broker.Noted;
        Assert.That(notes.Select(note => note.Action), Is.EqualTo(new[] { "jobs:priority", "jobs:priority" }));
        Assert.That(
            notes[0].Reason,
            Does.Contain("250 jobs match").And.Contain("""{"state":"ready","method":"a"}""").And.Contain($"{act.Id}")
        );
        Assert.That(notes[1].Reason, Does.Contain("250 of 250 jobs changed"));
        Assert.That(notes[0].Actor, Is.EqualTo($"key:{_host.AdminKey.Id}"));
    }

    [Test]
    public async Task Jobs_that_came_after_the_start_and_those_that_match_no_more_are_left()
    {
        Submit("a", 2);
        var moved = _host.Broker.State.Stored.Keys.Max();
        _host.Broker.Before = input =>
        {
            if (input is BrokerInput.ActOnJobs)
            {
                _host.Broker.Put(Stored("a", JobState.Ready, ApiHost.Noon.AddSeconds(1)));
                var stored = _host.Broker.State.Stored[moved];
                _host.Broker.Put(stored with { Job = stored.Job with { State = JobState.Running } });
            }
        };
        var (_, begun) = await BeginAsync(_host.Admin, """{"action":"cancel","filter":{"state":"ready"}}""");
        var act = await EndAsync(_host.Admin, begun.Id);
        Assert.That((act.Matched, act.Done, act.Changed), Is.EqualTo((2L, 2L, 1L)));
        Assert.That(
            _host.Broker.State.Stored.Values.Count(stored => stored.Job.State == JobState.Cancelled),
            Is.EqualTo(1)
        );
    }

    [Test]
    public async Task A_caller_limited_to_methods_acts_on_those_and_sees_only_own_acts()
    {
        Submit("reports.render", 2);
        Submit("admin.wipe", 2);
        var role = _host.AddRole(new RoleRule { Permissions = ["jobs:*"], Names = ["reports.*"] });
        using var limited = _host.ClientOf(_host.AddUser("ana", new RoleGrant(role, "default")));
        var (_, begun) = await BeginAsync(limited, """{"action":"cancel","filter":{}}""");
        var act = await EndAsync(limited, begun.Id);
        Assert.That((act.Matched, act.Changed), Is.EqualTo((2L, 2L)));
        Assert.That(
            _host
                .Broker.State.Stored.Values.Where(stored => stored.Job.State == JobState.Cancelled)
                .Select(stored => stored.Job.Spec.Method),
            Is.EqualTo(new[] { "reports.render", "reports.render" })
        );

        var (_, others) = await BeginAsync(
            _host.Admin,
            """{"action":"cancel","filter":{"method":"admin.wipe"},"dryRun":true}"""
        );
        Assert.That((await limited.GetAsync($"{Bulk}/{others.Id}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await limited.DeleteAsync($"{Bulk}/{others.Id}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await ListAsync(limited)).Select(seen => seen.Id), Is.EqualTo(new[] { act.Id }));
        Assert.That((await ListAsync(_host.Admin)).Select(seen => seen.Id), Is.EqualTo(new[] { others.Id, act.Id }));
        var elsewhere = Bulk.Replace("/default/", "/tenant-a/", StringComparison.Ordinal);
        Assert.That(
            (await _host.Admin.GetAsync($"{elsewhere}/{act.Id}")).StatusCode,
            Is.EqualTo(HttpStatusCode.NotFound)
        );
    }

    [Test]
    public async Task A_replay_limited_to_methods_repeats_those_alone_and_failed_ones_unless_it_says_otherwise()
    {
        _host.Broker.Put(Stored("reports.render", JobState.Failed, ApiHost.Noon));
        _host.Broker.Put(Stored("reports.render", JobState.Succeeded, ApiHost.Noon));
        _host.Broker.Put(Stored("admin.wipe", JobState.Failed, ApiHost.Noon));
        var role = _host.AddRole(new RoleRule { Permissions = ["jobs:*"], Names = ["reports.*"] });
        using var limited = _host.ClientOf(_host.AddUser("ana", new RoleGrant(role, "default")));
        var (_, begun) = await BeginAsync(limited, """{"action":"replay","filter":{}}""");
        var act = await EndAsync(limited, begun.Id);
        Assert.That((act.Matched, act.Changed), Is.EqualTo((1L, 1L)));
        var made = _host.Broker.Inputs.OfType<BrokerInput.Enqueue>().SelectMany(input => input.Jobs).Single();
        Assert.That((made.Spec.Method, made.CreatedBy), Is.EqualTo(("reports.render", "user:ana")));
        Assert.That(_host.Broker.State.Stored[made.ReplayOf!.Value].Job.State, Is.EqualTo(JobState.Failed));
    }

    [Test]
    public async Task An_act_that_is_asked_for_twice_under_one_id_is_one()
    {
        Submit("a", 2);
        var id = Guid.CreateVersion7(ApiHost.Noon);
        var body = $$"""{"action":"cancel","filter":{"method":"a"},"id":"{{id}}"}""";
        var (_, first) = await BeginAsync(_host.Admin, body);
        await EndAsync(_host.Admin, id);
        var (_, second) = await BeginAsync(_host.Admin, body);
        Assert.That((first.Id, second.Id, second.State), Is.EqualTo((id, id, BulkActState.Finished)));
        using var other = await _host.Admin.PostTextAsync(
            Bulk,
            $$"""{"action":"cancel","filter":{"method":"b"},"id":"{{id}}"}"""
        );
        Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
    }

    [Test]
    public async Task One_act_at_a_time_in_a_namespace_and_it_can_be_stopped()
    {
        Submit("a", 250);
        using var held = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        _host.Broker.Before = input =>
        {
            if (input is BrokerInput.ActOnJobs)
            {
                entered.Set();
                held.Wait(Patience);
            }
        };
        var (_, begun) = await BeginAsync(_host.Admin, """{"action":"cancel","filter":{}}""");
        Assert.That(entered.Wait(Patience));
        using var refused = await _host.Admin.PostTextAsync(Bulk, """{"action":"retry","filter":{}}""");
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(refused.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
        Assert.That((await refused.ProblemAsync()).Code, Is.EqualTo(ErrorCodes.RateLimited));
        using var stopped = await _host.Admin.DeleteAsync($"{Bulk}/{begun.Id}");
        Assert.That(stopped.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        held.Set();
        var act = await EndAsync(_host.Admin, begun.Id);
        Assert.That(
            (act.State, act.Matched, act.Done, act.Changed),
            Is.EqualTo((BulkActState.Stopped, 250L, 100L, 100L))
        );
        Assert.That(act.StoppedBy, Is.EqualTo($"key:{_host.AdminKey.Id}"));
        Assert.That(
            _host.Broker.Noted[^1].Reason,
            Does.Contain("100 of 250 jobs changed").And.Contain($"stopped by key:{_host.AdminKey.Id}")
        );
        var (next, _) = await BeginAsync(_host.Admin, """{"action":"cancel","filter":{},"dryRun":true}""");
        Assert.That(next, Is.EqualTo(HttpStatusCode.OK), "the place of the ended act is free again");
    }

    [Test]
    public async Task An_act_that_fails_inside_the_Broker_says_so_and_frees_its_place()
    {
        Submit("a");
        _host.Broker.Override = input =>
            input is BrokerInput.ActOnJobs ? throw new InvalidOperationException("secret") : null;
        var (_, begun) = await BeginAsync(_host.Admin, """{"action":"cancel","filter":{}}""");
        var act = await EndAsync(_host.Admin, begun.Id);
        Assert.That(act.State, Is.EqualTo(BulkActState.Failed));
        Assert.That(act.Detail, Does.Contain("log").And.Not.Contain("secret"));
        var (next, _) = await BeginAsync(_host.Admin, """{"action":"cancel","filter":{},"dryRun":true}""");
        Assert.That(next, Is.EqualTo(HttpStatusCode.OK));
    }

    private JobId Submit(string method, int count = 1)
    {
        var last = default(JobId);
        for (var i = 0; i < count; i++)
        {
            var stored = Stored(method, JobState.Ready, ApiHost.Noon);
            _host.Broker.Put(stored);
            last = stored.Job.Id;
        }

        return last;
    }

    private static StoredJob Stored(string method, JobState state, DateTimeOffset at) =>
        new(
            new Job
            {
                Id = new JobId(Guid.CreateVersion7(at)),
                Namespace = "default",
                Spec = new JobSpec { Method = method },
                State = state,
                RunAt = at,
                EnqueuedAt = at,
                CreatedBy = "test",
                FinishedAt = state >= JobState.Succeeded ? at : null,
            },
            RawJson.Parse("{}"),
            default
        );

    private static async Task<(HttpStatusCode Status, BulkActView Act)> BeginAsync(HttpClient client, string body)
    {
        using var response = await client.PostTextAsync(Bulk, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.IsSuccessStatusCode, text);
        return (response.StatusCode, JsonSerializer.Deserialize(text, RestJson.Default.BulkActView)!);
    }

    // The host's clock stands still, so the wait ends only when the act ends.
    private static async Task<BulkActView> EndAsync(HttpClient client, Guid id)
    {
        using var response = await client.GetAsync($"{Bulk}/{id}?wait=PT5M").WaitAsync(Patience);
        var act = JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), RestJson.Default.BulkActView)!;
        Assert.That(act.EndedAt, Is.Not.Null);
        return act;
    }

    private static async Task<IReadOnlyList<BulkActView>> ListAsync(HttpClient client) =>
        JsonSerializer.Deserialize(await client.GetStringAsync(Bulk), RestJson.Default.PageBulkActView)!.Items;
}
