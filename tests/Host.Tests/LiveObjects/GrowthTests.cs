using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Api;
using ScheduleZero.Reachable;

namespace ScheduleZero.Host.Tests.LiveObjects;

/// <summary>
/// The number of objects in memory does not grow with the work that is done. The tests count objects, not bytes.
/// </summary>
public sealed class GrowthTests
{
    private const int JobsOfRound = 1_500;
    private const int JobsOfBatch = 500;
    private const int WaitingOfRound = 20;

    /// <summary>How many rounds are counted before the rounds in the middle, and after them.</summary>
    private const int Counts = 4;

    /// <summary>A kind of object grows with the jobs when it grows by one for this many jobs.</summary>
    private const int JobsPerObject = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // Types that hold a bounded number of the newest things. GrowthTests of Core.Tests shows the bound of the first
    // type, and that the second holds nothing older than a second; RecentTests shows the bound of the third.
    private static readonly string[] Bounded = ["EndedAttempts", "UnsavedStarts", "Recent`1"];

    [Test]
    public async Task Broker_bridge_and_agents_hold_no_more_objects_after_twice_as_many_jobs()
    {
        await using var system = await WholeSystem.StartAsync();
        await RunRoundAsync(system, 0);
        var before = await CountAsync(system, firstRound: 1, Math.Max);
        await RunRoundAsync(system, Counts + 1);
        await RunRoundAsync(system, Counts + 2);
        var after = await CountAsync(system, firstRound: Counts + 3, Math.Min);

        var grown = after
            .Where(entry => entry.Value - before.GetValueOrDefault(entry.Key) > 2 * JobsOfRound / JobsPerObject)
            .Select(entry => $"{entry.Key}: {before.GetValueOrDefault(entry.Key)} to {entry.Value}");
        Assert.That(before.Values.Sum(), Is.GreaterThan(10_000), "objects were found at all");
        Assert.That(
            before.Keys,
            Has.Some.Contains("JobTable")
                .And.Some.Contains("Overlay")
                .And.Some.Contains("AttemptBook")
                .And.Some.Contains("HandlerConnections")
        );
        Assert.That(before.Keys, Has.None.Contains(nameof(ApiHost)), "objects of other tests");
        Assert.That(grown, Is.Empty);
    }

    /// <summary>
    /// Runs rounds, and counts the objects after each. What waits to be moved within the store grows and shrinks all
    /// the time, so one count may be a low one, or a high one.
    /// </summary>
    /// <param name="choose">Chooses between the counts of one kind of object.</param>
    private static async Task<Dictionary<string, long>> CountAsync(
        WholeSystem system,
        int firstRound,
        Func<long, long, long> choose
    )
    {
        var chosen = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var round = firstRound; round < firstRound + Counts; round++)
        {
            await RunRoundAsync(system, round);
            await system.SettleAsync();
            var now = ObjectGraph.Count(system.Roots, IsBounded);
            foreach (var kind in chosen.Keys.Union(now.Keys).ToList())
            {
                var count = now.GetValueOrDefault(kind);
                chosen[kind] = round == firstRound ? count : choose(chosen.GetValueOrDefault(kind), count);
            }
        }

        return chosen;
    }

    private static bool IsBounded(Type type) => Bounded.Contains(type.Name);

    // One round has everything that jobs can bring: keys, chains, batches, schedules, logs, ends of every kind, and
    // reads meanwhile.
    private static async Task RunRoundAsync(WholeSystem system, int round)
    {
        var ends = new List<string>();
        for (var start = 0; start < JobsOfRound; start += JobsOfBatch)
        {
            var jobs = Enumerable.Range(start, JobsOfBatch).Select(n => Job($"{round}-{n}", n)).ToList();
            var made = await system.Client.Batches.SubmitAsync(
                new BatchSubmission
                {
                    Jobs = jobs,
                    Name = $"batch {round}-{start}",
                    OnComplete = Job($"{round}-{start}-end", 0),
                }
            );
            ends.Add(made.Batch.CompletionJob!.Value.ToString());
        }

        for (var n = 0; n < WaitingOfRound; n++)
        {
            var waiting = await system.Client.Jobs.EnqueueAsync(
                Job($"{round}-waiting-{n}", n) with
                {
                    RunAt = TimeProvider.System.GetUtcNow().AddDays(1),
                    DeduplicationKey = $"once-{round}-{n}",
                    RateLimit = new RateLimitOptions($"rate-{round}-{n}", 1, TimeSpan.FromSeconds(1)),
                }
            );
            await system.Client.Jobs.ExplainAsync(waiting.Id);
            await system.Client.Jobs.CancelAsync(waiting.Id);
        }

        var schedule = await system.Client.Schedules.CreateAsync(
            new ScheduleRequest
            {
                Name = $"nightly-{round}",
                Trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 3 * * *" },
                Job = new JobRequest { Method = WholeSystem.Method },
            }
        );
        ends.Add((await system.Client.Schedules.TriggerAsync(schedule.Name)).Id.ToString());
        await system.Client.Schedules.DeleteAsync(schedule.Name);

        var last = await system.Client.Jobs.EnqueueAndWaitAsync(
            Job($"{round}-last", 0) with
            {
                After = ends,
                AfterFailure = AfterFailure.Run,
            },
            Patience
        );
        Assert.That(last.State, Is.EqualTo(JobState.Succeeded), "all other jobs had ended");
    }

    private static JobRequest Job(string name, int n) =>
        new()
        {
            Method = WholeSystem.Method,
            Params = RawJson.Parse($$"""{"name":"{{name}}{{(n % 50 == 49 ? " fails" : "")}}"}"""),
            Tags = [$"tag-{name}"],
            Concurrency = new ConcurrencyOptions($"key-{name}"),
            Retry = new RetryOptions { MaxAttempts = 1 },
        };
}
