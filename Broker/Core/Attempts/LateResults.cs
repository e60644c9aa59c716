using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Attempts;

/// <summary>
/// Decides about results of attempts that are not open any more: either the lease has ended, or the handler repeats a
/// result because the Ack for it was lost.
/// </summary>
internal sealed class LateResults(EndedAttempts ended, JobTable jobs)
{
    /// <summary>
    /// Decides about a late result, and puts it into the history when its attempt had lost its lease.
    /// </summary>
    /// <returns>True when the result is acknowledged as accepted; false when it is superseded.</returns>
    public bool Judge(AttemptId id, ReportEvent told, Decision decision)
    {
        if (ended.Find(id) is not { } ending)
        {
            return false;
        }

        if (ending.Outcome is not (AttemptOutcome.Lost or AttemptOutcome.TimedOut))
        {
            return IsRepetition(told, ending.Outcome);
        }

        ended.Supersede(id, ending);
        Supersede(id, told.Error is null ? null : ReportBounds.Of(told.Error), decision);
        return false;
    }

    // The result goes into the history also when its job has ended, and only the store knows the job.
    private void Supersede(AttemptId id, AttemptError? error, Decision decision)
    {
        var late = new JobEvent.ResultCameLate(id.Token, error);
        if (jobs.Find(id.Job) is not { } slot || !jobs.Step(slot, late, decision))
        {
            decision.Changes.Add(new Change.AttemptSuperseded(id.Job, id.Token, decision.Now.Wall, error));
        }
    }

    // Whether the result repeats the known outcome. For an attempt that was fenced off after its cancel, a success is
    // no repetition.
    private static bool IsRepetition(ReportEvent told, AttemptOutcome known) =>
        known switch
        {
            AttemptOutcome.Superseded => false,
            AttemptOutcome.Cancelled => told.Type == ReportEventTypes.Cancelled,
            AttemptOutcome.Rejected => told.Type == ReportEventTypes.Rejected,
            AttemptOutcome.Succeeded => told.Type == ReportEventTypes.Succeeded,
            // A result that was too large has failed.
            _ => told.Type is ReportEventTypes.Failed or ReportEventTypes.Succeeded,
        };
}
