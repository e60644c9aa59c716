using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Pauses;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Broker.Core;

/// <summary>The router of timers: gives each timer that has fired to the class that decides what follows.</summary>
internal sealed class TimerRouter(
    JobTable jobs,
    Leases leases,
    SessionTable sessions,
    Dispatcher dispatcher,
    BatchCommands batches,
    ScheduleTable schedules,
    NamespaceTable namespaceTable,
    NamespaceCommands namespaces,
    KeyCommands keys,
    PauseCommands pauses,
    AlertWatch alerts,
    AccessTable access
)
{
    /// <summary>Decides what follows from a timer of the steady clock.</summary>
    public void FireSteady(Timed timed, Decision decision)
    {
        switch (timed)
        {
            case OpenAttempt attempt:
                leases.Expire(attempt, decision);
                break;
            case Session session:
                sessions.Tick(session, decision);
                break;
            case Gate gate:
                dispatcher.Tick(gate, decision);
                break;
            default:
                throw new InvalidOperationException(
                    $"Nothing of type {timed.GetType().Name} waits on the steady clock."
                );
        }
    }

    /// <summary>Decides what follows from a timer of the wall clock.</summary>
    public void FireWall(Timed timed, Decision decision)
    {
        switch (timed)
        {
            case JobSlot slot:
                jobs.Tick(slot, decision);
                break;
            case BatchTable.Slot batch:
                batches.CancelNext(batch, decision);
                break;
            case ScheduleSlot { Schedule.Paused: false } schedule when namespaceTable.IsDiskLow:
                schedules.Hold(schedule);
                break;
            case ScheduleSlot schedule:
                schedules.Tick(schedule, decision);
                break;
            case KeyTable.Slot key:
                keys.Expire(key.Key, decision);
                break;
            case PauseTable.Slot pause:
                pauses.Expire(pause, decision);
                break;
            case AlertTable.Slot alert:
                alerts.Tick(alert, decision);
                break;
            case NamespaceQuota quota:
                namespaces.RemoveNext(quota, decision);
                break;
            case AccessTable.Slot row:
                access.Expire(row, decision);
                break;
            case Deduplication.Entry entry:
                jobs.Deduplication.Expire(entry, decision);
                break;
            default:
                throw new InvalidOperationException($"Nothing of type {timed.GetType().Name} waits on the wall clock.");
        }
    }
}
