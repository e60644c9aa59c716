using System.Globalization;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Reachable;

namespace ScheduleZero.Core.Tests;

/// <summary>
/// The number of objects in Core does not grow with the work that was done, once the time windows of that work are
/// over. The tests count objects, not bytes.
/// </summary>
public sealed class GrowthTests
{
    private const int JobsOfRound = 600;
    private const int JobsPerObject = 10;

    [Test]
    public void Core_holds_no_more_objects_after_more_jobs_looks_and_namespaces()
    {
        // Probes are off: the stage would search for their answers among the sent messages, which this test clears.
        var stage = new Stage(
            options: new CoreOptions { ProbeInterval = TimeSpan.FromDays(1), ProbeTimeout = TimeSpan.FromDays(1) }
        );
        var peer = stage.Join(1, "h", 1_000, "m");
        RunRound(stage, peer, 0);
        var before = Count(stage.Core);
        RunRound(stage, peer, 1);
        RunRound(stage, peer, 2);
        var after = Count(stage.Core);

        Assert.That(
            before.Keys,
            Has.Some.Contains("JobTable")
                .And.Some.Contains("Deduplication")
                .And.Some.Contains("RateGate")
                .Or.Some.Contains("Pool")
        );
        Assert.That(
            after
                .Where(entry => entry.Value - before.GetValueOrDefault(entry.Key) > 2 * JobsOfRound / JobsPerObject)
                .Select(entry => $"{entry.Key}: {before.GetValueOrDefault(entry.Key)} to {entry.Value}"),
            Is.Empty
        );
    }

    [Test]
    public void Look_at_a_waiting_job_leaves_nothing_behind()
    {
        var stage = new Stage();
        var ids = new[] { "m", "other" }
            .Select(method =>
                stage.Enqueue(Spec("x") with { Method = method, DeduplicationKey = null, Handler = "away" }).Id
            )
            .ToArray();
        // The first explanation makes the objects that every later explanation uses again.
        Assert.That(stage.Look(state => state.Explain("default", ids[0])), Is.Not.Null);
        var before = Count(stage.Core).Values.Sum();
        Assert.That(stage.Look(state => state.Explain("default", ids[1])), Is.Not.Null);
        Assert.That(Count(stage.Core).Values.Sum(), Is.EqualTo(before));
    }

    [Test]
    public void Outcomes_of_attempts_are_remembered_up_to_their_bound()
    {
        var recent = new EndedAttempts();
        var job = new Job
        {
            Id = default,
            Namespace = "default",
            Spec = Spec("x"),
            State = JobState.Ready,
            RunAt = default,
            EnqueuedAt = default,
            CreatedBy = "test",
        };
        for (var n = 1; n <= 3 * BrokerCore.RecentAttemptsMax; n++)
        {
            recent.Remember(
                job with
                {
                    Id = new JobId(new Guid(n, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0])),
                },
                new Attempt
                {
                    Token = 1,
                    Number = 1,
                    Handler = "h",
                    Instance = "i",
                    Session = "s",
                    AssignedAt = default,
                    Outcome = AttemptOutcome.Succeeded,
                }
            );
        }

        var counts = ObjectGraph.Count([recent], static _ => false);
        // A dictionary keeps the free place of an entry that was just removed, so one more than the maximum may be
        // counted.
        Assert.That(counts.Values, Is.All.LessThanOrEqualTo(BrokerCore.RecentAttemptsMax + 1));
        Assert.That(counts.Values.Max(), Is.GreaterThanOrEqualTo(BrokerCore.RecentAttemptsMax));
    }

    [Test]
    public void Attempts_whose_handler_never_comes_back_after_a_restart_leave_nothing_behind()
    {
        var stage = new Stage();
        for (var i = 1; i <= 3; i++)
        {
            stage.Join(i, Stage.HelloOf("h", 1, ["m"], $"instance-{i}"));
            stage.Enqueue("m");
        }

        stage.Restart();
        var waiting = CountOfOpenAttempts(stage);
        stage.Advance(31);
        Assert.That(waiting, Is.Positive);
        Assert.That(CountOfOpenAttempts(stage), Is.Zero);
    }

    [Test]
    public void Connections_that_the_Broker_closes_leave_nothing_behind()
    {
        var stage = new Stage();
        var hello = Stage.HelloOf("h", 1, ["m"]);
        stage.Join(1, hello);
        stage.Join(2, hello);
        stage.Do(new BrokerInput.Opened(3, "bridge", null, new KeyClaim("default/h", [1, 2, 3]), null));
        Assert.That(CountOfConnections(stage), Is.EqualTo(2), "the instance has come by another connection");
        stage.Ask<Answer.Done>(ticket => new BrokerInput.RevokeKey(ticket, "default", "default/h"));
        Assert.That(CountOfConnections(stage), Is.Zero);
    }

    private static long CountOfConnections(Stage stage) => Count(stage.Core).GetValueOrDefault($"{typeof(Connection)}");

    private static long CountOfOpenAttempts(Stage stage) =>
        Count(stage.Core)
            .Where(count => count.Key == $"{typeof(OpenAttempt)}" || count.Key == $"{typeof(HashSet<OpenAttempt>)}")
            .Sum(count => count.Value);

    private static Dictionary<string, long> Count(BrokerCore core) =>
        ObjectGraph.Count([core], static type => type == typeof(EndedAttempts));

    private static void RunRound(Stage stage, Peer peer, int round)
    {
        for (var n = 0; n < JobsOfRound; n++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{round}-{n}");
            Finish(stage, peer, Spec(name), n % 3 == 0 ? ReportEventTypes.Failed : ReportEventTypes.Succeeded);
            if (n % 4 == 0)
            {
                LookAndCancel(stage, Spec($"{name}-looked-at"));
                RunBatch(stage, peer, name);
                WaitForOneKey(stage, peer, name);
                MakeAndDeleteNamespace(stage, $"tenant-{name}");
            }

            stage.Forget();
        }

        // After this time the windows of deduplication keys and of rate limits are over.
        for (var seconds = 0; seconds < 120; seconds += 5)
        {
            stage.Advance(5);
            peer.Heartbeat(1_000);
        }

        stage.Forget();
    }

    private static void Finish(Stage stage, Peer peer, JobSpec spec, string outcome)
    {
        stage.Enqueue(spec);
        peer.Say(ReportEventTypes.Started, peer.Assigned[^1]);
        peer.Say(outcome, peer.Assigned[^1]);
    }

    private static void LookAndCancel(Stage stage, JobSpec spec)
    {
        var id = stage.Enqueue(spec, runAt: stage.Wall.AddDays(1)).Id;
        stage.Look(state => state.Explain("default", id));
        stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", id, null));
    }

    private static void RunBatch(Stage stage, Peer peer, string name)
    {
        var batch = new BatchId(stage.NewId().Value);
        var plain = new JobSpec { Method = "m", Tags = [name] };
        var jobs = new[] { stage.New(plain) with { Batch = batch } };
        var completion = stage.New(plain);
        stage.Ask<Answer.Enqueued>(ticket => new BrokerInput.Enqueue(ticket, jobs)
        {
            Batch = new NewBatch(batch, name, "test", completion),
        });
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);
    }

    private static void WaitForOneKey(Stage stage, Peer peer, string name)
    {
        var spec = new JobSpec { Method = "m", ConcurrencyKey = $"shared-{name}" };
        stage.Enqueue(spec);
        stage.Enqueue(spec);
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);
    }

    private static void MakeAndDeleteNamespace(Stage stage, string ns)
    {
        var record = new NamespaceRecord
        {
            Name = ns,
            CreatedAt = default,
            CreatedBy = "test",
        };
        stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Add(record)]));
        var first = stage.Enqueue(Spec("in-a-tenant"), ns).Id;
        stage.Enqueue([stage.New(new JobSpec { Method = "m" }, ns) with { After = [first] }]);
        stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteNamespace(ticket, ns));
        stage.Advance(0.1);
        Assert.That(stage.Said.OfType<Effect.NamespaceEmptied>().Select(emptied => emptied.Namespace), Has.Member(ns));
        stage.Do(new BrokerInput.NamespacePurged(ns));
    }

    private static JobSpec Spec(string name) =>
        new()
        {
            Method = "m",
            DeduplicationKey = $"once-{name}",
            DeduplicationWindow = TimeSpan.FromMinutes(1),
            ConcurrencyKey = $"key-{name}",
            RateLimit = new RateLimit($"rate-{name}", 5, TimeSpan.FromSeconds(30)),
            Retry = new RetryPolicy(1, BackoffKind.Fixed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), 0),
            Tags = [name],
        };
}
