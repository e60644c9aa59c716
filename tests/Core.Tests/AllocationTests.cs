using ScheduleZero.Allocations;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests;

/// <summary>What the decisions of a job's life may allocate: enqueued, assigned, and reported as succeeded.</summary>
public sealed class AllocationTests
{
    private const long Connection = 1;

    private static readonly JobSpec Spec = new() { Method = "m" };
    private static readonly RawJson Result = RawJson.Parse("""{"pages":12}""");

    private readonly Random _chance = new(1);
    private readonly Stage _stage = new();

    [TestCase(1, 7_600)]
    [TestCase(50, 5_400)]
    public void Core_decides_a_job_in_few_bytes(int jobsOfTurn, long bytes)
    {
        _stage.Join(Connection, "h", 1_000, "m");
        Allocated.AssertAtMost(jobsOfTurn * bytes, () => Live(jobsOfTurn));
    }

    /// <summary>
    /// Lets jobs live as the loop does it. The stage's own turns would also count the bytes of the stage.
    /// </summary>
    private void Live(int jobs)
    {
        var enqueued = Decide(
            new BrokerInput.Enqueue(new UncalledTicket(), [.. Enumerable.Range(0, jobs).Select(_ => _stage.New(Spec))])
        );
        var assigned = enqueued.Effects.OfType<Effect.SendAssign>().SelectMany(sent => sent.Jobs);
        var reported = Decide(new BrokerInput.ReportSaid(Connection, new Report([.. assigned.SelectMany(ReportsOf)])));
        if (reported.Changes.Count(change => change is Change.JobFinished) != jobs)
        {
            throw new InvalidOperationException("The jobs did not run; this would measure nothing.");
        }
    }

    private static IEnumerable<ReportEvent> ReportsOf(Job job)
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

    private Decision Decide(BrokerInput input)
    {
        var decision = new Decision(_stage.Now, _chance);
        _stage.Core.Apply(input, decision);
        _stage.Core.Close(decision);
        return decision;
    }
}
