using System.Text;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>
/// Takes what handlers report. Every word about an attempt is checked against handler, instance and token.
/// </summary>
internal sealed class Reports(CoreOptions options, SessionTable sessions, JobTable jobs)
{
    /// <summary>Events that make no sense, before the connection is ended.</summary>
    private const int StrikesMax = 8;

    // So that empty lines count too.
    private const int LogLineOverhead = 32;

    /// <summary>
    /// Attempts given back in a row, before it is said that a handler only rejects; said again at each tenfold.
    /// </summary>
    private const int RejectionsUntilSaid = 10;

    private long _lastLogSequence;

    public void Take(Session session, Report report, Decision decision)
    {
        session.Hear(decision.Now);
        List<AcknowledgedAttempt>? acks = null;
        foreach (var said in report.Events)
        {
            if (said is null || session.Connection is null)
            {
                continue;
            }

            switch (said.Type)
            {
                case ReportEventTypes.Pong:
                    sessions.Pong(session, said.Nonce, decision);
                    break;
                case ReportEventTypes.Started or ReportEventTypes.Progress or ReportEventTypes.Log:
                    TakeNews(session, said, decision);
                    break;
                case var type when ReportEventTypes.IsFinal(type):
                    if (TakeFinal(session, said, decision) is { } ack)
                    {
                        (acks ??= []).Add(ack);
                    }

                    break;
                default:
                    break; // A later version of the protocol may say more.
            }
        }

        if (acks is not null && session.Connection is { } connection)
        {
            decision.Effects.Add(new Effect.Send(connection.Number, MessageKind.Ack, new Ack(acks)));
        }
    }

    private void TakeNews(Session session, ReportEvent said, Decision decision)
    {
        if (said.AttemptId is not { } id)
        {
            Strike(session, "an event without attemptId", decision);
            return;
        }

        if (
            jobs.Find(id.Job) is not { Open: { } open } slot
            || open.Offer != session.Offer
            || !slot.Job.Holds(id.Token)
        )
        {
            StrikeIfForeign(session, id, decision);
            return;
        }

        switch (said.Type)
        {
            case ReportEventTypes.Started:
                session.RejectedInARow = 0;
                jobs.Step(slot, new JobEvent.Started(id.Token), decision);
                break;
            case ReportEventTypes.Progress:
                open.Percent =
                    said.Percent is { } percent && double.IsFinite(percent)
                        ? Math.Clamp(percent, 0, 100)
                        : open.Percent;
                open.Message = AttemptBounds.Cut(said.Message, Limits.ErrorMessageLengthMax) ?? open.Message;
                decision.Publish("job.progress", slot.Job, detail: open.Message ?? $"{open.Percent:0.#} %");
                break;
            default:
                AppendLog(slot, id, said, decision);
                break;
        }
    }

    private void AppendLog(JobSlot slot, AttemptId id, ReportEvent said, Decision decision)
    {
        // The wall clock's microseconds, forced to grow: the order holds across a start of the Broker without a counter
        // to store.
        _lastLogSequence = Math.Max(_lastLogSequence + 1, decision.Now.Wall.UtcTicks / 10);
        var (level, message) = (
            LogLevels.Known(said.Level),
            AttemptBounds.Cut(said.Message, Limits.LogMessageLengthMax) ?? ""
        );
        var before = slot.Open!.LogCharacters;
        if (before > Limits.LogCharactersPerAttemptMax)
        {
            return; // Said once; a handler must not fill the disk.
        }

        slot.Open.LogCharacters += message.Length + LogLineOverhead;
        if (slot.Open.LogCharacters > Limits.LogCharactersPerAttemptMax)
        {
            (level, message) = (
                "warning",
                $"This attempt has logged {before} characters; what it logs from here on is not kept."
            );
        }

        var line = new LogEntry(_lastLogSequence, id.Token, said.At ?? decision.Now.Wall, level, message);
        JobTable.Logged(slot, Encoding.UTF8.GetByteCount(message) + LogLineOverhead);
        decision.Changes.Add(new Change.LogAppended(slot.Job.Id, [line]));
        decision.Effects.Add(
            new Effect.Publish(
                new Happened(
                    "job.log",
                    slot.Job.Namespace,
                    slot.Job.Id.ToString(),
                    decision.Now.Wall,
                    slot.Job,
                    slot.Job.Current?.Handler,
                    Lines: [line]
                )
            )
        );
    }

    private AcknowledgedAttempt? TakeFinal(Session session, ReportEvent said, Decision decision)
    {
        if (said.AttemptId is not { } id || (said.FencingToken is { } token && token != id.Token))
        {
            Strike(session, "a final event without attemptId, or with another's token", decision);
            return null;
        }

        if (
            jobs.Find(id.Job) is { Open: not null } slot
            && slot.Job.Holds(id.Token)
            && slot.Job.Namespace == session.Namespace
            && slot.Job.Current!.Handler == session.Handler
            && slot.Job.Current.Instance == session.Instance
        )
        {
            var happened = EventOf(said, id, decision);
            CountRejections(session, happened, decision);
            jobs.Step(slot, happened, decision, happened is JobEvent.Succeeded ? said.Result : default);
            return new AcknowledgedAttempt(id, "accepted");
        }

        return TakeLate(session, said, id, decision);
    }

    private static void CountRejections(Session session, JobEvent happened, Decision decision)
    {
        session.RejectedInARow = happened is JobEvent.Rejected ? session.RejectedInARow + 1 : 0;
        var said = RejectionsUntilSaid;
        while (said < session.RejectedInARow && said < int.MaxValue / 10)
        {
            said *= 10;
        }

        if (session.RejectedInARow == said && happened is JobEvent.Rejected rejected)
        {
            decision.Effects.Add(
                new Effect.Publish(
                    new Happened(
                        "handler.rejecting",
                        session.Namespace,
                        session.Handler,
                        decision.Now.Wall,
                        Handler: session.Handler,
                        Detail: $"It gave back the last {said} attempts; the last one because: {rejected.Reason}"
                    )
                )
            );
        }
    }

    // The lease is gone, or the event is said again because its Ack was lost.
    private AcknowledgedAttempt TakeLate(Session session, ReportEvent said, AttemptId id, Decision decision)
    {
        var superseded = new AcknowledgedAttempt(id, "superseded");
        if (StrikeIfForeign(session, id, decision) || jobs.Recent.Find(id) is not { } recent)
        {
            return superseded;
        }

        switch (recent.Outcome)
        {
            case AttemptOutcome.Lost or AttemptOutcome.TimedOut:
                Supersede(id, recent, said.Error, decision);
                return superseded;
            case AttemptOutcome.Superseded:
                return superseded;
            default:
                return SaysHow(said, recent.Outcome) ? new AcknowledgedAttempt(id, "accepted") : superseded;
        }
    }

    // The result goes into the history, also of a job that has ended and is known to the store alone.
    private void Supersede(AttemptId id, RecentOutcomes.Recent recent, AttemptError? told, Decision decision)
    {
        var error = told is null ? null : AttemptBounds.Of(told);
        jobs.Recent.Supersede(id, recent);
        if (
            jobs.Find(id.Job) is not { } slot
            || !jobs.Step(slot, new JobEvent.ResultCameLate(id.Token, error), decision)
        )
        {
            decision.Changes.Add(new Change.AttemptSuperseded(id.Job, id.Token, decision.Now.Wall, error));
        }
    }

    // Of an attempt that was fenced off after its cancel, a success is no repetition.
    private static bool SaysHow(ReportEvent said, AttemptOutcome outcome) =>
        outcome switch
        {
            AttemptOutcome.Cancelled => said.Type == ReportEventTypes.Cancelled,
            AttemptOutcome.Rejected => said.Type == ReportEventTypes.Rejected,
            AttemptOutcome.Succeeded => said.Type == ReportEventTypes.Succeeded,
            // A result that was too large has failed.
            _ => said.Type is ReportEventTypes.Failed or ReportEventTypes.Succeeded,
        };

    private JobEvent EventOf(ReportEvent said, AttemptId id, Decision decision) =>
        said.Type switch
        {
            ReportEventTypes.Succeeded when said.Result.Utf8.Length > options.ResultBytesMax => new JobEvent.Failed(
                id.Token,
                AttemptBounds.TooLarge(said.Result, options.ResultBytesMax),
                0
            ),
            ReportEventTypes.Succeeded => new JobEvent.Succeeded(id.Token),
            ReportEventTypes.Cancelled => new JobEvent.Stopped(id.Token, decision.Chance.NextDouble()),
            ReportEventTypes.Rejected => new JobEvent.Rejected(
                id.Token,
                AttemptBounds.Cut(said.Reason, Limits.ErrorMessageLengthMax) ?? "no reason given"
            ),
            _ => new JobEvent.Failed(id.Token, AttemptBounds.Of(said.Error), decision.Chance.NextDouble()),
        };

    private bool StrikeIfForeign(Session session, AttemptId id, Decision decision)
    {
        var (handler, ns) =
            jobs.Find(id.Job) is { Job: var job } && job.Holds(id.Token) ? (job.Current!.Handler, job.Namespace)
            : jobs.Recent.Find(id) is { } recent ? (recent.Handler, recent.Namespace)
            : (session.Handler, session.Namespace);
        if (handler == session.Handler && ns == session.Namespace)
        {
            return false;
        }

        decision.Effects.Add(
            new Effect.Publish(
                new Happened(
                    "handler.refused",
                    session.Namespace,
                    session.Handler,
                    decision.Now.Wall,
                    Handler: session.Handler,
                    Detail: "It reported on an attempt of another handler."
                )
            )
        );
        sessions.NoteForeignReport(session, id, decision);
        Strike(session, "a report on another handler's attempt", decision);
        return true;
    }

    /// <summary>Counts what makes no sense; a few of them end the connection.</summary>
    public void Strike(Session session, string what, Decision decision)
    {
        if (++session.Strikes >= StrikesMax)
        {
            sessions.Close(
                session,
                ErrorCodes.Forbidden,
                $"Too many reports that make no sense; the last was {what}.",
                decision
            );
        }
    }
}

/// <summary>The levels that a job's log knows.</summary>
internal static class LogLevels
{
    public static string Known(string? level) =>
        level is "trace" or "debug" or "information" or "warning" or "error" or "critical" ? level : "information";
}
