using System.Net;
using System.Text.Json;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>The neighbours of a job in its chain.</summary>
[Parallelizable]
public sealed class JobChainTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task A_job_alone_has_no_neighbours()
    {
        var job = Put("alone");
        Assert.That(await ReadAsync(job), Is.EqualTo(new[] { ("alone", 0, 0, 0, 0) }));
    }

    [Test]
    public async Task Neighbours_are_shown_two_steps_far_and_what_lies_beyond_is_counted()
    {
        var first = Put("first");
        var second = Put("second", after: [first]);
        var third = Put("third", after: [second]);
        var fourth = Put("fourth", JobState.Ready, after: [third]);
        var fifth = Put("fifth", JobState.Scheduled, after: [fourth]);
        var sixth = Put("sixth", JobState.Scheduled, after: [fifth, first]);
        Put("seventh", JobState.Scheduled, after: [sixth]);
        Assert.That(
            await ReadAsync(fourth),
            Is.EqualTo(
                new[]
                {
                    ("second", -2, 0, 1, 0),
                    ("third", -1, 1, 0, 0),
                    ("fourth", 0, 1, 0, 0),
                    ("fifth", 1, 1, 0, 0),
                    ("sixth", 2, 1, 1, 1),
                }
            )
        );
    }

    [Test]
    public async Task A_job_between_many_shows_a_few_of_each_side()
    {
        var before = Enumerable.Range(0, 20).Select(i => Put($"before-{i}")).ToArray();
        var job = Put("between", JobState.Scheduled, after: before);
        for (var i = 0; i < 120; i++)
        {
            Put($"behind-{i}", JobState.Scheduled, after: [job]);
        }

        var found = await ReadAsync(job);
        Assert.That(found.Count(one => one.Depth == -1), Is.EqualTo(JobChains.FanMax));
        Assert.That(found.Count(one => one.Depth == 1), Is.EqualTo(JobChains.FanMax));
        Assert.That(found.Single(one => one.Depth == 0), Is.EqualTo(("between", 0, 6, 14, JobChains.CountedMax)));
    }

    [Test]
    public async Task A_wide_chain_stays_within_its_bound_on_each_side()
    {
        var job = Put("m");
        for (var i = 0; i < 6; i++)
        {
            var next = Put("m", after: [job]);
            for (var k = 0; k < 6; k++)
            {
                Put("m", after: [next]);
            }
        }

        var found = await ReadAsync(job);
        Assert.That(found, Has.Length.EqualTo(1 + JobChains.SideMax));
        Assert.That(found.Where(one => one.Depth == 1).Sum(one => one.MoreDependents), Is.EqualTo(30));
    }

    [Test]
    public async Task Jobs_of_methods_that_are_not_open_to_the_caller_are_not_shown()
    {
        var hidden = Put("admin.wipe");
        var job = Put("reports.render", after: [hidden]);
        Put("admin.wipe", after: [job]);
        Put("reports.send", after: [job]);
        using var limited = _host.ClientOf(
            _host.AddUser(
                "limited",
                new RoleGrant(
                    _host.AddRole(new RoleRule { Permissions = ["jobs:read"], Names = ["reports.*"] }),
                    "default"
                )
            )
        );
        Assert.That(
            await ReadAsync(job, limited),
            Is.EqualTo(new[] { ("reports.render", 0, 0, 1, 0), ("reports.send", 1, 1, 0, 0) })
        );
    }

    [TestCase("nonsense")]
    [TestCase("01a20e14-77d3-7e2f-84a4-1581e221185a")]
    public async Task What_is_no_job_has_no_chain(string id)
    {
        using var answer = await _host.Admin.GetAsync($"{ApiHost.Jobs}/{id}/chain");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_job_of_another_namespace_is_no_neighbour()
    {
        var job = Put("m");
        Put("m", JobState.Ready, "tenant-a", [job]);
        Assert.That(await ReadAsync(job), Has.Length.EqualTo(1));
        using var answer = await _host.Admin.GetAsync($"/api/namespaces/tenant-a/jobs/{job}/chain");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private JobId Put(
        string method,
        JobState state = JobState.Succeeded,
        string ns = "default",
        IReadOnlyList<JobId>? after = null
    )
    {
        var job = new Job
        {
            Id = new JobId(Guid.CreateVersion7()),
            Namespace = ns,
            Spec = new JobSpec { Method = method },
            State = state,
            RunAt = ApiHost.Noon,
            EnqueuedAt = ApiHost.Noon,
            CreatedBy = "test",
            Chain = after is null
                ? null
                : new Chain(after, AfterFailure.Cancel, state == JobState.Scheduled ? after : []),
        };
        _host.Broker.Put(new StoredJob(job, default, default));
        return job.Id;
    }

    private async Task<(string Method, int Depth, int After, int MoreAfter, int MoreDependents)[]> ReadAsync(
        JobId id,
        HttpClient? http = null
    )
    {
        using var answer = await (http ?? _host.Admin).GetAsync($"{ApiHost.Jobs}/{id}/chain");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var page = JsonSerializer.Deserialize(
            await answer.Content.ReadAsStringAsync(),
            RestJson.Default.PageChainedJob
        )!;
        return
        [
            .. page.Items.Select(job =>
                (job.Method, job.Depth, job.After.Count, job.MoreAfter ?? 0, job.MoreDependents ?? 0)
            ),
        ];
    }
}
