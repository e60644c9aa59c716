using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>Computes the nominal instants of a trigger. Pure; made once for each schedule, since parsing costs more than asking.</summary>
public abstract class TriggerClock
{
    /// <summary>The first nominal instant after the one given (or at it, if inclusive); null when there is none.</summary>
    public abstract DateTimeOffset? Next(DateTimeOffset after, bool inclusive);

    /// <summary>The zone that the trigger's wall clock stands in.</summary>
    public virtual TimeZoneInfo Zone => TimeZoneInfo.Utc;

    /// <summary>Reads a trigger; null, with field and reason, for one that makes no sense.</summary>
    /// <param name="origin">The schedule's creation: where an interval without <c>startAt</c> begins.</param>
    public static TriggerClock? TryCreate(TriggerRequest trigger, DateTimeOffset origin, out (string Field, string Reason) problem)
    {
        problem = default;
        switch (trigger.Kind)
        {
            case TriggerKinds.Cron:
                return CronClock.TryCreate(trigger, out problem);
            case TriggerKinds.Interval when trigger.Every is { } every && every >= TimeSpan.FromSeconds(1) && every <= TimeSpan.FromDays(366):
                return new IntervalClock(trigger.StartAt ?? origin, every);
            case TriggerKinds.Interval:
                problem = ("every", "An interval from PT1S to P366D is needed.");
                return null;
            case TriggerKinds.Once when trigger.At is { } at:
                return new OnceClock(at);
            case TriggerKinds.Once:
                problem = ("at", "An instant is needed.");
                return null;
            default:
                problem = ("kind", "One of cron, interval, once is needed.");
                return null;
        }
    }

    /// <summary>Null, with the problem, when nobody here knows the zone.</summary>
    private protected static TimeZoneInfo? ZoneOf(TriggerRequest trigger, out (string Field, string Reason) problem)
    {
        problem = default;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(trigger.TimeZone ?? "UTC", out var zone))
        {
            return zone;
        }

        problem = ("timeZone", $"The zone \"{trigger.TimeZone}\" is not known here; give an IANA name such as \"Europe/Berlin\".");
        return null;
    }
}
