using System.Net;
using System.Text.Json;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>The number of jobs by state.</summary>
[Parallelizable]
public sealed class JobCountTests
{
    private const string Counts = $"{ApiHost.Jobs}/counts";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task All_jobs_of_the_namespace_are_counted_exactly()
    {
        Store("a", JobState.Scheduled, 1);
        Store("a", JobState.Ready, 2);
        Store("a", JobState.Running, 3);
        Store("a", JobState.Succeeded, 601);
        Store("b", JobState.Failed, 4);
        Store("b", JobState.Expired, 1);
        Store("b", JobState.Failed, 9, "elsewhere");
        Assert.That(
            await ReadAsync(_host.Admin, Counts),
            Is.EqualTo("""{"scheduled":1,"ready":2,"running":3,"succeeded":601,"failed":4,"cancelled":0,"expired":1}""")
        );
    }

    [Test]
    public async Task A_history_that_is_not_counted_to_its_end_says_so()
    {
        Store("a", JobState.Failed, 2);
        _host.Broker.CountsWhole = false;
        using var json = JsonDocument.Parse(await ReadAsync(_host.Admin, Counts));
        Assert.That(json.RootElement.GetProperty("failed").GetInt32(), Is.EqualTo(2));
        Assert.That(
            json.RootElement.GetProperty("atLeast").EnumerateArray().Select(state => state.GetString()),
            Is.EqualTo(new[] { "succeeded", "failed", "cancelled", "expired" })
        );
    }

    [Test]
    public async Task A_filter_counts_up_to_a_bound_in_each_state()
    {
        Store("a", JobState.Ready, 501);
        Store("a", JobState.Succeeded, 500);
        Store("a", JobState.Running, 2);
        Store("b", JobState.Running, 1);
        Assert.That(
            await ReadAsync(_host.Admin, $"{Counts}?method=a"),
            Is.EqualTo(
                """{"scheduled":0,"ready":500,"running":2,"succeeded":500,"failed":0,"cancelled":0,"expired":0,"atLeast":["ready"]}"""
            )
        );
    }

    [Test]
    public async Task Who_is_limited_to_methods_counts_jobs_of_these_alone()
    {
        Store("reports.render", JobState.Failed, 2);
        Store("mail.send", JobState.Failed, 5);
        Store("mail.send", JobState.Running, 5);
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
            await ReadAsync(limited, Counts),
            Is.EqualTo("""{"scheduled":0,"ready":0,"running":0,"succeeded":0,"failed":2,"cancelled":0,"expired":0}""")
        );
    }

    [TestCase("method=no/slash", "method")]
    [TestCase("handler=no%20space", "handler")]
    [TestCase("batch=7", "batch")]
    [TestCase("from=yesterday", "from")]
    [TestCase("q=", "q")]
    [TestCase("tag=%00", "tag")]
    [TestCase("state=failed", "state")]
    [TestCase("limit=5", "limit")]
    [TestCase("cursor=x", "cursor")]
    [TestCase("method=a&method=b", "method")]
    public async Task A_query_that_is_not_valid_is_refused(string query, string field)
    {
        using var answer = await _host.Admin.GetAsync($"{Counts}?{query}");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await answer.BodyAsync()).GetProperty("errors").TryGetProperty(field, out _), Is.True);
    }

    private void Store(string method, JobState state, int count, string ns = "default")
    {
        for (var i = 0; i < count; i++)
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
            };
            _host.Broker.Put(new StoredJob(job, default, default));
        }
    }

    private static async Task<string> ReadAsync(HttpClient http, string path)
    {
        using var answer = await http.GetAsync(path);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return await answer.Content.ReadAsStringAsync();
    }
}
