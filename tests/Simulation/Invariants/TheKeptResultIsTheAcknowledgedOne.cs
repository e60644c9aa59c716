using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Handlers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>
/// After <c>accepted</c>, the handler's report is the stored end of its attempt. No other result is stored than that of
/// the attempt with the lease.
/// </summary>
internal sealed class TheKeptResultIsTheAcknowledgedOne(World world) : Invariant(world)
{
    private readonly Dictionary<AttemptId, HashSet<AttemptOutcome>> _said = [];

    public override void Heard(BrokerInput input)
    {
        foreach (var said in input is BrokerInput.ReportSaid report ? report.Report.Events : [])
        {
            if (said.AttemptId is { } id && OutcomeOf(said.Type) is { } outcome)
            {
                (_said.TryGetValue(id, out var outcomes) ? outcomes : _said[id] = []).Add(outcome);
            }
        }
    }

    public override void Committing(Change change)
    {
        if (change is Change.JobFinished { Job: { State: JobState.Succeeded } job, Result: var result })
        {
            var id = new AttemptId(job.Id, job.Token);
            Require(result == Work.ResultOf(id), () => $"{id} held the lease, and {result} is kept");
            Require(
                job.Ended![^1] is { Outcome: AttemptOutcome.Succeeded, Token: var token } && token == job.Token,
                () => $"{id} did not succeed"
            );
        }
    }

    public override void Said(long connection, IBrokerMessage message)
    {
        foreach (var ack in message is Ack acks ? acks.Attempts.Where(ack => ack.Outcome == "accepted") : [])
        {
            var ended = World
                .Disk.Find(ack.AttemptId.Job)
                ?.Ended?.FirstOrDefault(attempt => attempt.Token == ack.AttemptId.Token);
            var said = _said.GetValueOrDefault(ack.AttemptId) ?? [];
            // A job remembers only its newest rejected attempts.
            Require(
                said.Contains(ended?.Outcome ?? AttemptOutcome.Rejected),
                () => $"{ack.AttemptId} was accepted with {string.Join(", ", said)}, and ended {ended?.Outcome}"
            );
        }
    }

    private static AttemptOutcome? OutcomeOf(string type) =>
        type switch
        {
            ReportEventTypes.Succeeded => AttemptOutcome.Succeeded,
            ReportEventTypes.Failed => AttemptOutcome.Failed,
            ReportEventTypes.Cancelled => AttemptOutcome.Cancelled,
            ReportEventTypes.Rejected => AttemptOutcome.Rejected,
            _ => null,
        };
}
