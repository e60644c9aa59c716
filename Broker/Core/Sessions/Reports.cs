using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>
/// Receives the reports of handlers. Each event about an attempt is checked against the attempt's handler, instance and
/// token.
/// </summary>
internal sealed class Reports(CoreOptions options, SessionTable sessions, OpenAttempts attempts, JobTable jobs)
{
    private const string Accepted = "accepted";
    private const string Superseded = "superseded";

    /// <summary>How many events that make no sense close the connection.</summary>
    private const int StrikesMax = 8;

    /// <summary>
    /// How many rejected attempts in a row publish an event that the handler only rejects. The event is published again
    /// at ten times as many, and so on.
    /// </summary>
    private const int RejectionsUntilSaid = 10;

    private readonly AttemptLog _log = new();
    private readonly LateResults _lateResults = new(attempts.Ended, jobs);

    public void Receive(Session session, Report report, Decision decision)
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
                    ReceiveNews(session, said, decision);
                    break;
                case var type when ReportEventTypes.IsFinal(type):
                    if (ReceiveEnd(session, said, decision) is { } ack)
                    {
                        (acks ??= []).Add(ack);
                    }

                    break;
                default:
                    break; // A later version of the protocol may have more types of events.
            }
        }

        if (acks is not null && session.Connection is { } connection)
        {
            decision.Effects.Add(new Effect.Send(connection.Number, new Ack(acks)));
        }
    }

    private void ReceiveNews(Session session, ReportEvent said, Decision decision)
    {
        if (said.AttemptId is not { } id)
        {
            Strike(session, "an event without attemptId", decision);
            return;
        }

        if (attempts.Find(id) is not { } attempt || attempt.Offer != session.Offer)
        {
            StrikeIfForeign(session, id, decision);
            return;
        }

        switch (said.Type)
        {
            case ReportEventTypes.Started:
                session.RejectedInARow = 0;
                jobs.Step(attempt.Slot, new JobEvent.Started(id.Token), decision);
                break;
            case ReportEventTypes.Progress:
                RecordProgress(attempt, said, decision);
                break;
            default:
                _log.Append(attempt, said, decision);
                break;
        }
    }

    private static void RecordProgress(OpenAttempt attempt, ReportEvent said, Decision decision)
    {
        if (said.Percent is { } percent && double.IsFinite(percent))
        {
            attempt.Percent = Math.Clamp(percent, 0, 100);
        }

        attempt.Message = ReportBounds.Cut(said.Message, Limits.ErrorMessageLengthMax) ?? attempt.Message;
        decision.Publish("job.progress", attempt.Slot.Job, detail: attempt.Message ?? $"{attempt.Percent:0.#} %");
    }

    private AcknowledgedAttempt? ReceiveEnd(Session session, ReportEvent said, Decision decision)
    {
        if (said.AttemptId is not { } id || (said.FencingToken is { } token && token != id.Token))
        {
            Strike(session, "a final event without attemptId, or with another's token", decision);
            return null;
        }

        if (attempts.Find(id) is { } attempt && attempt.IsOf(session.Offer))
        {
            var happened = EventOf(said, id, decision);
            CountRejections(session, happened, decision);
            jobs.Step(attempt.Slot, happened, decision, happened is JobEvent.Succeeded ? said.Result : default);
            return new AcknowledgedAttempt(id, Accepted);
        }

        var isAccepted = !StrikeIfForeign(session, id, decision) && _lateResults.Judge(id, said, decision);
        return new AcknowledgedAttempt(id, isAccepted ? Accepted : Superseded);
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

    private JobEvent EventOf(ReportEvent said, AttemptId id, Decision decision) =>
        said.Type switch
        {
            ReportEventTypes.Succeeded when said.Result.Utf8.Length > options.ResultBytesMax => new JobEvent.Failed(
                id.Token,
                ReportBounds.TooLarge(said.Result, options.ResultBytesMax),
                0
            ),
            ReportEventTypes.Succeeded => new JobEvent.Succeeded(id.Token),
            ReportEventTypes.Cancelled => new JobEvent.Stopped(id.Token, decision.Chance.NextDouble()),
            ReportEventTypes.Rejected => new JobEvent.Rejected(
                id.Token,
                ReportBounds.Cut(said.Reason, Limits.ErrorMessageLengthMax) ?? "no reason given"
            ),
            _ => new JobEvent.Failed(id.Token, ReportBounds.Of(said.Error), decision.Chance.NextDouble()),
        };

    private bool StrikeIfForeign(Session session, AttemptId id, Decision decision)
    {
        var (handler, ns) =
            attempts.Find(id) is { Slot.Job: var job } ? (job.Current!.Handler, job.Namespace)
            : attempts.Ended.Find(id) is { } ended ? (ended.Handler, ended.Namespace)
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

    /// <summary>Counts a report that makes no sense, and ends the session after a few of them.</summary>
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
