using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core;

/// <summary>What operators and producers ask for, one by one.</summary>
public sealed partial class BrokerCore
{
    private void Enqueue(BrokerInput.Enqueue asked, Decision decision)
    {
        if (Commands.RefuseClosed(asked.Ticket, asked.Jobs[0].Namespace, _namespaces, decision))
        {
            return;
        }

        IReadOnlyList<NewJob> all = asked.Batch?.OnComplete is { } completion
            ? [.. asked.Jobs, completion]
            : asked.Jobs;
        if (!_jobs.HasRoomFor(all, decision.Now.Wall))
        {
            Commands.RefuseFull(asked.Ticket, decision);
            return;
        }

        if (asked.IsAtomic && _jobs.Deduplication.StrictRefusal(asked.Jobs, decision.Now.Wall) is { } taken)
        {
            decision.Refuse(asked.Ticket, ErrorCodes.Conflict, taken);
            return;
        }

        if (!_jobs.HasDiskFor(all, decision.Now.Wall))
        {
            Commands.RefuseForDisk(asked.Ticket, decision);
            return;
        }

        var plan = asked.Jobs.Any(job => job.After is not null)
            ? new ChainPlan(asked, _jobs, _dependents, decision.Now.Wall)
            : null;
        if (plan?.Refusal() is { } refusal)
        {
            decision.Answer(asked.Ticket, refusal);
            return;
        }

        if (asked.Batch is { } batch)
        {
            Begin(asked, batch, decision);
        }

        var answers = new EnqueuedJob[asked.Jobs.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            var job = asked.Batch is null ? asked.Jobs[i] : asked.Jobs[i] with { Batch = asked.Batch.Id };
            answers[i] = WarnIfNotOffered(_jobs.Enqueue(job, null, decision, plan?.Chains[i]));
        }

        for (var i = 0; i < answers.Length && plan is not null; i++)
        {
            answers[i] = EndIfDoomed(answers[i], decision);
        }

        var made = asked.Batch is null ? null : _batches.Find(asked.Jobs[0].Namespace, asked.Batch.Id);
        decision.Answer(
            asked.Ticket,
            new Answer.Enqueued(answers) { Batch = made is null ? null : BatchTable.StateOf(made) }
        );
    }

    private void ApplyCommand(BrokerInput input, Decision decision)
    {
        if (input is BrokerInput.Request { Condition: { } condition } && RefuseCondition(input, condition, decision))
        {
            return;
        }

        switch (input)
        {
            case BrokerInput.CancelJob e:
                Commands.Cancel(e, _jobs, _options, decision);
                break;
            case BrokerInput.CancelBatch e:
                Cancel(e, decision);
                break;
            case BrokerInput.RetryJob e:
                Commands.Retry(e, _jobs, decision);
                break;
            case BrokerInput.PrioritiseJob e:
                Commands.Prioritise(e, _jobs, decision);
                break;
            case BrokerInput.ActOnJobs e:
                Commands.Act(e, _jobs, _options, decision);
                break;
            case BrokerInput.SaveSchedule e when Commands.RefuseOnLowDisk(e.Ticket, _whole, decision):
            case BrokerInput.SaveCalendar c when Commands.RefuseOnLowDisk(c.Ticket, _whole, decision):
            case BrokerInput.ApplySchedules { Saves.Count: > 0 } a
                when Commands.RefuseOnLowDisk(a.Ticket, _whole, decision):
            case BrokerInput.TriggerSchedule t when Commands.RefuseOnLowDisk(t.Ticket, _whole, decision):
            case BrokerInput.BackfillSchedule b when Commands.RefuseOnLowDisk(b.Ticket, _whole, decision):
                break;
            case BrokerInput.SaveSchedule e:
                Commands.Save(e, _schedules, _calendars, _namespaces, decision);
                break;
            case BrokerInput.SaveCalendar e:
                _calendarDesk.Save(e, decision);
                break;
            case BrokerInput.DeleteCalendar e:
                _calendarDesk.Delete(e, decision);
                break;
            case BrokerInput.DeleteSchedule e
                when Commands.Find(e.Ticket, e.By, e.Namespace, e.Name, _schedules, decision) is { } slot:
                _schedules.Delete(slot, decision);
                decision.Answer(e.Ticket, Answer.Done.Instance);
                break;
            case BrokerInput.PauseSchedule e
                when Commands.Find(e.Ticket, e.By, e.Namespace, e.Name, _schedules, decision) is { } slot:
                _schedules.Pause(slot, e.Note, e.ResumeAt, decision);
                decision.Answer(e.Ticket, new Answer.ScheduleIs(slot.Schedule));
                break;
            case BrokerInput.ResumeSchedule e
                when Commands.Find(e.Ticket, e.By, e.Namespace, e.Name, _schedules, decision) is { } slot:
                _schedules.Resume(slot, decision);
                decision.Answer(e.Ticket, new Answer.ScheduleIs(slot.Schedule));
                break;
            case BrokerInput.TriggerSchedule e
                when Commands.Find(e.Ticket, e.Namespace, e.Name, _schedules, decision) is { } slot:
                if (!_namespaces.Of(e.Namespace).HasRoomForJobs(1))
                {
                    Commands.RefuseFull(e.Ticket, decision);
                    break;
                }

                decision.Answer(e.Ticket, new Answer.JobIs(_schedules.Trigger(slot, e.Id, e.By, decision)));
                break;
            case BrokerInput.ApplySchedules e:
                _applying.Apply(e, decision);
                break;
            case BrokerInput.BackfillSchedule e
                when Commands.Find(e.Ticket, e.Namespace, e.Name, _schedules, decision) is { } slot:
                if (Backfilling.Refusal(slot.Schedule, e, _schedules.Keepers) is { } refusal)
                {
                    decision.Refuse(e.Ticket, refusal.Code, refusal.Why);
                    break;
                }

                _schedules.Backfill(slot, e, decision);
                decision.Answer(e.Ticket, new Answer.ScheduleIs(slot.Schedule));
                break;
            case BrokerInput.CancelBackfill e
                when Commands.Find(e.Ticket, e.Namespace, e.Name, _schedules, decision) is { } slot:
                if (slot.Schedule.Backfill is not { IsUnderWay: true })
                {
                    decision.Refuse(e.Ticket, ErrorCodes.Conflict, "No backfill of this schedule is under way.");
                    break;
                }

                _schedules.CancelBackfill(slot, e.By, decision);
                decision.Answer(e.Ticket, new Answer.ScheduleIs(slot.Schedule));
                break;
            case BrokerInput.OccurrencesLookedUp { Asked: BrokerInput.RanSaid said } e:
                _offlineRuns.Take(said, e.Present, _sessions.Of(said.Connection), decision);
                break;
            case BrokerInput.OccurrencesLookedUp e:
                _schedules.Take(e);
                break;
            case BrokerInput.CreateKey e
                when e.Key.Namespace != "*" && Commands.RefuseClosed(e.Ticket, e.Key.Namespace, _namespaces, decision):
                break;
            case BrokerInput.CreateKey e:
                if (_keys.Find(e.Key.Id) is null)
                {
                    _keys.Save(e.Key, decision); // Said twice, it must not give back what was revoked meanwhile.
                }

                decision.Answer(e.Ticket, Answer.Done.Instance);
                break;
            case BrokerInput.RevokeKey e:
                Commands.Revoke(e, _keys, _sessions, decision);
                break;
            case BrokerInput.ChangeKey e:
                KeyPolicies.Change(e, _keys, _sessions, _leases, decision);
                break;
            case BrokerInput.RotateKey e:
                _rotation.Rotate(e, decision);
                break;
            case BrokerInput.ChangeAccess e:
                _access.Change(e, decision);
                break;
            case BrokerInput.DeleteNamespace e:
                _namespaceEnd.Begin(e, decision);
                break;
            case BrokerInput.DiskSeen e:
                _whole.Seen(e.Level, e.Bytes);
                if (!_whole.IsDiskLow)
                {
                    _schedules.Release();
                }

                break;
            case BrokerInput.NamespaceMeasured e:
                _namespaces.Of(e.Namespace).Measured(e.Bytes);
                break;
            case BrokerInput.NamespacePurged e:
                _namespaceEnd.Finish(e.Namespace, decision);
                break;
            case BrokerInput.DrainHandler e
                when Commands.Find(e.Ticket, e.Namespace, e.Name, _handlers, decision) is { } handler:
                _handlers.SetDrained(handler, e.Drained, _sessions.All, _dispatcher, decision);
                decision.Answer(e.Ticket, Answer.Done.Instance);
                break;
            case BrokerInput.DisconnectHandler e
                when Commands.Find(e.Ticket, e.Namespace, e.Name, _handlers, decision) is { } handler:
                Commands.Disconnect(e, handler, _sessions, decision);
                break;
            case BrokerInput.DeleteHandler e
                when Commands.Find(e.Ticket, e.Namespace, e.Name, _handlers, decision) is { } handler:
                Commands.Delete(e, handler, _handlers, _sessions, decision);
                break;
            case BrokerInput.NoteDown e:
                decision.Answer(e.Ticket, Answer.Done.Instance);
                break;
            case BrokerInput.CheckpointAudit e:
                _audit.Checkpoint(e, decision);
                break;
            default:
                break; // A command whose subject was not found has been answered by the guard above.
        }
    }
}
