using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core;

public sealed partial class BrokerCore
{
    /// <summary>
    /// True, with the ticket refused, when what is asked for rests on another version than the one that stands.
    /// </summary>
    private bool RefuseCondition(BrokerInput input, Precondition condition, Decision decision)
    {
        var (ticket, version, isRefusedAnyway) = input switch
        {
            BrokerInput.SaveSchedule { Draft: var draft } e => (
                e.Ticket,
                VersionOf(draft.Namespace, draft.Name),
                IsForeign(e.By, draft.Namespace, draft.Name)
            ),
            BrokerInput.DeleteSchedule e => OfSchedule(e.Ticket, e.By, e.Namespace, e.Name),
            BrokerInput.PauseSchedule e => OfSchedule(e.Ticket, e.By, e.Namespace, e.Name),
            BrokerInput.ResumeSchedule e => OfSchedule(e.Ticket, e.By, e.Namespace, e.Name),
            BrokerInput.TriggerSchedule e => OfSchedule(e.Ticket, by: null, e.Namespace, e.Name),
            BrokerInput.BackfillSchedule e => OfSchedule(e.Ticket, by: null, e.Namespace, e.Name),
            BrokerInput.CancelBackfill e => OfSchedule(e.Ticket, by: null, e.Namespace, e.Name),
            BrokerInput.SaveCalendar e => (e.Ticket, _calendars.Find(e.Draft.Namespace, e.Draft.Name)?.Version, false),
            BrokerInput.DeleteCalendar e when _calendars.Find(e.Namespace, e.Name) is var calendar => (
                e.Ticket,
                calendar?.Version,
                calendar is null
            ),
            BrokerInput.DeleteNamespace e when _namespaces.Of(e.Namespace).Record is var record => (
                e.Ticket,
                record?.Version,
                record is null
            ),
            _ => throw new InvalidOperationException(
                $"{input.GetType().Name} cannot have a condition: nothing that it changes has a version."
            ),
        };
        // RFC 9110, 13.2.1: a condition counts only where the request would be served without it.
        if (isRefusedAnyway || condition.Holds(version))
        {
            return false;
        }

        var refused = new Answer.Refused(ErrorCodes.Conflict, Precondition.Reason(version)) { IsPrecondition = true };
        decision.Answer(ticket, refused);
        return true;
    }

    // By whom: only for changes that belong to the schedule's owner.
    private (Ticket Ticket, long? Version, bool IsRefusedAnyway) OfSchedule(
        Ticket ticket,
        ScheduleEditor? by,
        string ns,
        string name
    )
    {
        var version = VersionOf(ns, name);
        return (ticket, version, version is null || (by is not null && IsForeign(by, ns, name)));
    }

    private long? VersionOf(string ns, string name) => _schedules.Find(ns, name)?.Schedule.Version;

    private bool IsForeign(ScheduleEditor by, string ns, string name) =>
        _schedules.Find(ns, name) is { } slot && !by.MayChange(slot.Schedule);
}
