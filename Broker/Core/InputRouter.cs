using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Pauses;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// The router of inputs: gives each input to the class that decides it. Requests are answered here, so that each is
/// answered once. An input that no class decides is a bug, and stops the loop.
/// </summary>
internal sealed class InputRouter(
    PreconditionCheck preconditions,
    JobCommands jobs,
    BatchCommands batches,
    ScheduleCommands schedules,
    CalendarCommands calendars,
    KeyCommands keys,
    AccessCommands access,
    NamespaceCommands namespaces,
    HandlerCommands handlers,
    PauseCommands pauses,
    AlertCommands alerts,
    AlertWatch alertWatch,
    NoticeOutbox notices,
    AuditCommands audit,
    CoreView view,
    Dispatcher dispatcher,
    SessionTable sessions,
    Reports reports,
    KeyEnrolment enrolment,
    OfflineRunIntake offlineRuns,
    ScheduleTable scheduleTable,
    NamespaceTable namespaceTable
)
{
    /// <summary>Decides one input.</summary>
    /// <returns>The answer to a request; null for an input that nobody waits for.</returns>
    public Answer? Route(BrokerInput input, Decision decision)
    {
        switch (input)
        {
            case BrokerInput.Request request:
                var answer = preconditions.RefusalOf(request) ?? AnswerTo(request, decision);
                decision.Answer(request.Ticket, answer);
                return answer;
            case BrokerInput.Said said:
                Hear(said, decision);
                return null;
            case BrokerInput.StoreReport report:
                Receive(report, decision);
                return null;
            case BrokerInput.ConditionsSeen seen:
                alertWatch.Compare(seen, decision);
                return null;
            case BrokerInput.NoticeTried tried:
                notices.Hear(tried, decision);
                return null;
            case BrokerInput.Noted:
                return null; // Such an input only leaves a line in the audit log.
            default:
                throw Unknown(input);
        }
    }

    private Answer AnswerTo(BrokerInput.Request request, Decision decision) =>
        request switch
        {
            BrokerInput.Enqueue { Batch: { } batch } e => WarnOfMethods(batches.Enqueue(e, batch, decision)),
            BrokerInput.Enqueue e => WarnOfMethods(jobs.Enqueue(e, decision)),
            BrokerInput.CancelJob e => jobs.Cancel(e, decision),
            BrokerInput.RetryJob e => jobs.Retry(e, decision),
            BrokerInput.ChangeJob e => jobs.Change(e, decision),
            BrokerInput.ActOnJobs e => jobs.Act(e, decision),
            BrokerInput.CancelBatch e => batches.Cancel(e, decision),
            BrokerInput.SaveSchedule e => schedules.Save(e, decision),
            BrokerInput.DeleteSchedule e => schedules.Delete(e, decision),
            BrokerInput.PauseSchedule e => schedules.Pause(e, decision),
            BrokerInput.ResumeSchedule e => schedules.Resume(e, decision),
            BrokerInput.TriggerSchedule e => schedules.Trigger(e, decision),
            BrokerInput.ApplySchedules e => schedules.Apply(e, decision),
            BrokerInput.BackfillSchedule e => schedules.Backfill(e, decision),
            BrokerInput.CancelBackfill e => schedules.CancelBackfill(e, decision),
            BrokerInput.SaveCalendar e => calendars.Save(e, decision),
            BrokerInput.DeleteCalendar e => calendars.Delete(e, decision),
            BrokerInput.CreateKey e => keys.Create(e, decision),
            BrokerInput.RevokeKey e => keys.Revoke(e, decision),
            BrokerInput.RotateKey e => keys.Rotate(e, decision),
            BrokerInput.ChangeKey e => keys.Change(e, decision),
            BrokerInput.ChangeAccess e => Change(e, decision),
            BrokerInput.DeleteNamespace e => namespaces.Delete(e, decision),
            BrokerInput.PauseMethod e => pauses.Pause(e, decision),
            BrokerInput.ResumeMethod e => pauses.Resume(e, decision),
            BrokerInput.DrainHandler e => handlers.Drain(e, decision),
            BrokerInput.DisconnectHandler e => handlers.Disconnect(e, decision),
            BrokerInput.DeleteHandler e => handlers.Delete(e, decision),
            BrokerInput.SaveAlertChannel e => alerts.SaveChannel(e, decision),
            BrokerInput.SaveAlertRule e => alerts.SaveRule(e, decision),
            BrokerInput.MuteAlertRule e => alerts.Mute(e, decision),
            BrokerInput.DeleteAlertRule e => alerts.DeleteRule(e, decision),
            BrokerInput.DeleteAlertChannel e => alerts.DeleteChannel(e, decision),
            BrokerInput.Read e => view.Read(e, decision.Now),
            BrokerInput.NoteDown => Answer.Done.Instance, // Such a request only leaves a line in the audit log.
            BrokerInput.CheckpointAudit e => audit.Checkpoint(e, decision),
            _ => throw Unknown(request),
        };

    private Answer Change(BrokerInput.ChangeAccess asked, Decision decision)
    {
        var answer = access.Change(asked, decision);
        if (answer is Answer.Done && asked.Changes.Any(change => change.Kind == AccessKind.Namespace))
        {
            sessions.DisconnectUnsealed(decision);
        }

        return answer;
    }

    /// <summary>Warns of each new job whose method nobody offers at this moment.</summary>
    private Answer WarnOfMethods(Answer answer) =>
        answer is Answer.Enqueued enqueued && enqueued.Jobs.Any(IsOfferedByNobody)
            ? enqueued with
            {
                Jobs = [.. enqueued.Jobs.Select(made => IsOfferedByNobody(made) ? Warned(made) : made)],
            }
            : answer;

    private bool IsOfferedByNobody(EnqueuedJob made) =>
        made is { IsNew: true, Job: { } job } && !dispatcher.IsOffered(job.Namespace, job.Spec.Method);

    private static EnqueuedJob Warned(EnqueuedJob made) =>
        made with
        {
            Warning = $"No connected handler offers the method \"{made.Job!.Spec.Method}\" yet; the job waits for one.",
        };

    private void Hear(BrokerInput.Said said, Decision decision)
    {
        switch (said)
        {
            case BrokerInput.Opened e:
                sessions.Open(e);
                break;
            case BrokerInput.HelloSaid e:
                sessions.Hello(e, decision);
                break;
            case BrokerInput.ChallengeSaid e:
                sessions.Challenge(e, decision);
                break;
            case BrokerInput.EnrolSaid e:
                enrolment.Enrol(e, sessions.RemoteAddressOf(e.Connection), decision);
                break;
            case BrokerInput.RotateSaid e:
                sessions.Rotate(e, decision);
                break;
            case BrokerInput.ConnectionClosed e:
                sessions.Disconnect(e.Connection, e.Reason, decision);
                break;
            case BrokerInput.SaidInSession e when sessions.Of(e.Connection) is { } session:
                Hear(session, e, decision);
                break;
            case BrokerInput.SaidInSession e:
                decision.Effects.Add(new Effect.Send(e.Connection, new Greet("No session: say Hello.")));
                break;
            default:
                throw Unknown(said);
        }
    }

    private void Hear(Session session, BrokerInput.SaidInSession said, Decision decision)
    {
        switch (said)
        {
            case BrokerInput.ReportSaid e:
                reports.Receive(session, e.Report, decision);
                break;
            case BrokerInput.HeartbeatSaid e:
                sessions.Heartbeat(session, e.Heartbeat, decision);
                break;
            case BrokerInput.RanSaid e:
                offlineRuns.Receive(session, e, decision);
                break;
            case BrokerInput.ByeSaid e:
                sessions.End(session, $"the handler said Bye: {e.Reason}", decision);
                break;
            default:
                throw Unknown(said);
        }
    }

    private void Receive(BrokerInput.StoreReport report, Decision decision)
    {
        switch (report)
        {
            case BrokerInput.OccurrencesLookedUp e:
                ReceivePresent(e, decision);
                break;
            case BrokerInput.NamespaceMeasured e:
                namespaceTable.Of(e.Namespace).Measured(e.Bytes);
                break;
            case BrokerInput.NamespacePurged e:
                namespaces.Finish(e, decision);
                break;
            case BrokerInput.DiskSeen e:
                namespaceTable.SetDisk(e.Level, e.Bytes);
                if (!namespaceTable.IsDiskLow)
                {
                    scheduleTable.Release();
                }

                break;
            default:
                throw Unknown(report);
        }
    }

    private void ReceivePresent(BrokerInput.OccurrencesLookedUp found, Decision decision)
    {
        switch (found.Question)
        {
            case OccurrenceQuestion.OfBackfill e:
                scheduleTable.ReceivePresent(e, found.Present);
                break;
            case OccurrenceQuestion.OfClockSetBack e:
                scheduleTable.ReceivePresent(e, found.Present);
                break;
            case OccurrenceQuestion.OfOfflineRuns e:
                offlineRuns.ReceivePresent(e.Report, found.Present, sessions.Of(e.Report.Connection), decision);
                break;
            default:
                throw Unknown(found.Question);
        }
    }

    private static InvalidOperationException Unknown(object input) => new($"Nobody decides {input.GetType().Name}.");
}
