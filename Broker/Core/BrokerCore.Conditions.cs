using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core;

public sealed partial class BrokerCore
{
    /// <summary>True, with the ticket refused, when what is asked for rests on another version than the one that stands.</summary>
    private bool RefuseCondition(BrokerInput input, Precondition condition, Decision decision)
    {
        var (ticket, version, isRefusedAnyway) = input switch
        {
            BrokerInput.SaveSchedule e => (e.Ticket, VersionOf(e.Draft.Namespace, e.Draft.Name), IsForeign(e.By, e.Draft.Namespace, e.Draft.Name)),
            BrokerInput.DeleteSchedule e => OfSchedule(e.Ticket, e.Namespace, e.Name, IsForeign(e.By, e.Namespace, e.Name)),
            BrokerInput.PauseSchedule e => OfSchedule(e.Ticket, e.Namespace, e.Name, IsForeign(e.By, e.Namespace, e.Name)),
            BrokerInput.ResumeSchedule e => OfSchedule(e.Ticket, e.Namespace, e.Name, IsForeign(e.By, e.Namespace, e.Name)),
            BrokerInput.TriggerSchedule e => OfSchedule(e.Ticket, e.Namespace, e.Name, isForeign: false),
            BrokerInput.BackfillSchedule e => OfSchedule(e.Ticket, e.Namespace, e.Name, isForeign: false),
            BrokerInput.CancelBackfill e => OfSchedule(e.Ticket, e.Namespace, e.Name, isForeign: false),
            BrokerInput.SaveCalendar e => (e.Ticket, _calendars.Find(e.Draft.Namespace, e.Draft.Name)?.Version, false),
            BrokerInput.DeleteCalendar e when _calendars.Find(e.Namespace, e.Name) is var calendar => (e.Ticket, calendar?.Version, calendar is null),
            BrokerInput.DeleteNamespace e when _namespaces.Of(e.Namespace).Record is var record => (e.Ticket, record?.Version, record is null),
            _ => throw new InvalidOperationException($"{input.GetType().Name} changes nothing that has a version, and cannot have a condition."),
        };
        // RFC 9110, 13.2.1: a condition counts only where the request would be served without it.
        if (isRefusedAnyway || condition.Holds(version))
        {
            return false;
        }

        decision.Answer(ticket, new Answer.Refused(ErrorCodes.Conflict, Precondition.Reason(version)) { IsPrecondition = true });
        return true;
    }

    private (object Ticket, long? Version, bool IsRefusedAnyway) OfSchedule(object ticket, string ns, string name, bool isForeign) =>
        VersionOf(ns, name) is var version ? (ticket, version, isForeign || version is null) : default;

    private long? VersionOf(string ns, string name) => _schedules.Find(ns, name)?.Schedule.Version;

    private bool IsForeign(Schedules.ScheduleEditor by, string ns, string name) => _schedules.Find(ns, name) is { } slot && !by.MayChange(slot.Schedule);
}
