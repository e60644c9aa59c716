using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core;

/// <summary>Refuses a request whose condition on the version of a record does not hold.</summary>
internal sealed class PreconditionCheck(
    ScheduleTable schedules,
    CalendarTable calendars,
    AccessTable access,
    AlertTable alerts
)
{
    /// <summary>The refusal; null when the request has no condition, or its condition holds.</summary>
    public Answer.Refused? RefusalOf(BrokerInput.Request request)
    {
        if (request.Condition is not { } condition)
        {
            return null;
        }

        var (version, isRefusedAnyway) = StandOf(request);
        // RFC 9110, 13.2.1: a condition counts only where the request would be served without it.
        return isRefusedAnyway || condition.Holds(version)
            ? null
            : new Answer.Refused(ErrorCodes.Conflict, Precondition.Reason(version)) { IsPrecondition = true };
    }

    /// <summary>
    /// The version of the record that the request changes, null when there is no such record; and whether the request
    /// is refused whatever the version.
    /// </summary>
    private (long? Version, bool IsRefusedAnyway) StandOf(BrokerInput.Request request)
    {
        switch (request)
        {
            case BrokerInput.SaveSchedule { Draft: var draft } e:
                var saved = OfSchedule(draft.Namespace, draft.Name, e.By);
                return (saved.Version, saved.Version is not null && saved.IsRefusedAnyway);
            case BrokerInput.DeleteSchedule e:
                return OfSchedule(e.Namespace, e.Name, e.By);
            case BrokerInput.PauseSchedule e:
                return OfSchedule(e.Namespace, e.Name, e.By);
            case BrokerInput.ResumeSchedule e:
                return OfSchedule(e.Namespace, e.Name, e.By);
            case BrokerInput.TriggerSchedule e:
                return OfSchedule(e.Namespace, e.Name, by: null);
            case BrokerInput.BackfillSchedule e:
                return OfSchedule(e.Namespace, e.Name, by: null);
            case BrokerInput.CancelBackfill e:
                return OfSchedule(e.Namespace, e.Name, by: null);
            case BrokerInput.SaveCalendar { Draft: var draft }:
                return (calendars.Find(draft.Namespace, draft.Name)?.Version, false);
            case BrokerInput.DeleteCalendar e:
                var calendar = calendars.Find(e.Namespace, e.Name);
                return (calendar?.Version, calendar is null);
            case BrokerInput.SaveAlertChannel { Draft: var channel }:
                return (alerts.FindChannel(channel.Namespace, channel.Name)?.Version, false);
            case BrokerInput.SaveAlertRule { Draft: var rule }:
                return (alerts.FindRule(rule.Namespace, rule.Name)?.Version, false);
            case BrokerInput.DeleteAlertChannel e:
                var oldChannel = alerts.FindChannel(e.Namespace, e.Name);
                return (oldChannel?.Version, oldChannel is null);
            case BrokerInput.DeleteAlertRule e:
                var oldRule = alerts.FindRule(e.Namespace, e.Name);
                return (oldRule?.Version, oldRule is null);
            case BrokerInput.DeleteNamespace e:
                var record = access.Find(AccessKind.Namespace, e.Namespace);
                return (record?.Version, record is null);
            default:
                throw new InvalidOperationException(
                    $"{request.GetType().Name} cannot have a condition: nothing that it changes has a version."
                );
        }
    }

    /// <param name="by">Who changes the schedule; null for changes that do not belong to the schedule's owner.</param>
    private (long? Version, bool IsRefusedAnyway) OfSchedule(string ns, string name, ScheduleEditor? by) =>
        schedules.Find(ns, name) is { Schedule: var schedule }
            ? (schedule.Version, by is not null && !by.MayChange(schedule))
            : (null, true);
}
