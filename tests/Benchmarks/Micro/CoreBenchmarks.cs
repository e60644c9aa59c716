using BenchmarkDotNet.Attributes;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Benchmarks.Micro;

/// <summary>
/// Measures the decisions of a job's whole life: enqueued, assigned, started and succeeded. The time is that of one
/// job.
/// </summary>
[MemoryDiagnoser]
public class CoreBenchmarks
{
    private const int JobsPerInvoke = 100;
    private const long Connection = 1;
    private const string Method = "reports.render";

    private static readonly JobSpec Spec = new() { Method = Method };
    private static readonly RawJson Params = RawJson.Parse("""{"month":"2026-10"}""");
    private static readonly RawJson Result = RawJson.Parse("""{"pages":12}""");

    // The clocks stand still, so no lease ends and no probe is due.
    private readonly Moment _now = new(DateTimeOffset.UnixEpoch.AddYears(56), TimeSpan.FromHours(1));
    private readonly Random _chance = new(4711);
    private readonly BrokerCore _core = new(new CoreOptions());

    /// <summary>The number of jobs that wait meanwhile for a method that nobody offers.</summary>
    [Params(0, 100_000)]
    public int Waiting { get; set; }

    /// <summary>The number of jobs in a turn of the loop.</summary>
    [Params(1, 100)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Connect()
    {
        _core.Restore(new StoredState(), _now);
        var key = ApiKey.Generate();
        var claim = new KeyClaim(key.Id, key.SecretHash());
        var decision = Decide(
            new BrokerInput.CreateKey(
                new UncalledTicket(),
                new KeyRecord
                {
                    Id = key.Id,
                    SecretHash = key.SecretHash(),
                    Kind = KeyKind.Handler,
                    Namespace = Names.DefaultNamespace,
                    Handler = "office-7",
                    CreatedAt = _now.Wall,
                    CreatedBy = "benchmark",
                }
            )
        );
        decision = Decide(
            new BrokerInput.Opened(Connection, "bridge", "127.0.0.1", claim, null),
            new BrokerInput.HelloSaid(Connection, NewHello(), claim, "session")
        );
        var probe = decision.Effects.OfType<Effect.Send>().Select(sent => sent.Message).OfType<Probe>().Single();
        Decide(
            new BrokerInput.ReportSaid(
                Connection,
                new Report([new ReportEvent { Type = ReportEventTypes.Pong, Nonce = probe.Nonce }])
            )
        );
        Decide(
            new BrokerInput.Enqueue(
                new UncalledTicket(),
                [.. Enumerable.Range(0, Waiting).Select(_ => Job(new JobSpec { Method = "nobody.offers" }))]
            )
        );
        if (RunJobs() != JobsPerInvoke)
        {
            throw new InvalidOperationException("The jobs are not assigned; this would measure nothing.");
        }
    }

    /// <returns>How many jobs ended.</returns>
    [Benchmark(OperationsPerInvoke = JobsPerInvoke)]
    public int RunJobs()
    {
        var ended = 0;
        for (var done = 0; done < JobsPerInvoke; done += Batch)
        {
            var jobs = new NewJob[Batch];
            for (var i = 0; i < jobs.Length; i++)
            {
                jobs[i] = Job(Spec);
            }

            var assigned = Decide(new BrokerInput.Enqueue(new UncalledTicket(), jobs))
                .Effects.OfType<Effect.SendAssign>()
                .SelectMany(sent => sent.Jobs)
                .ToList();
            var finished = Decide(
                new BrokerInput.ReportSaid(Connection, new Report([.. assigned.SelectMany(Outcome)]))
            );
            ended += finished.Changes.OfType<Change.JobFinished>().Count();
        }

        return ended;
    }

    private static Hello NewHello() =>
        new()
        {
            Protocol = ProtocolJson.Version,
            Handler = "office-7",
            Instance = "one",
            Methods = [new OfferedMethod { Name = Method }],
            Capacity = 1_000,
        };

    private static NewJob Job(JobSpec spec) =>
        new(new JobId(Guid.CreateVersion7()), Names.DefaultNamespace, spec, Params, null, "benchmark");

    private static IEnumerable<ReportEvent> Outcome(Job job)
    {
        var attempt = new AttemptId(job.Id, job.Token);
        yield return new ReportEvent { Type = ReportEventTypes.Started, AttemptId = attempt };
        yield return new ReportEvent
        {
            Type = ReportEventTypes.Succeeded,
            AttemptId = attempt,
            FencingToken = job.Token,
            Result = Result,
        };
    }

    private Decision Decide(params BrokerInput[] inputs)
    {
        var decision = new Decision(_now, _chance);
        foreach (var input in inputs)
        {
            _core.Apply(input, decision);
        }

        _core.Close(decision);
        return decision;
    }
}
