using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Triggers;

/// <summary>
/// Computes the nominal instants of a trigger. A clock is pure, and made once for each schedule, since parsing costs
/// more than asking.
/// </summary>
public abstract class TriggerClock
{
    /// <summary>A trigger that is never due, in the place of one that this Broker does not understand.</summary>
    public static TriggerClock Never { get; } = new NeverClock();

    /// <summary>
    /// The first nominal instant after the one given (or at it, if inclusive); null when there is none.
    /// </summary>
    public abstract DateTimeOffset? Next(DateTimeOffset after, bool inclusive);

    /// <summary>The zone of the wall clock that the trigger reads.</summary>
    public virtual TimeZoneInfo Zone => TimeZoneInfo.Utc;

    /// <summary>Whether the trigger has an <c>allOf</c> for whose parts a search finds no common instant.</summary>
    public virtual bool NeverMeets(DateTimeOffset after) => false;

    /// <summary>The triggers that this one is made of.</summary>
    internal virtual IReadOnlyList<TriggerClock> Parts => [];

    /// <summary>
    /// Whether each time of the wall clock is met once, whatever the clock does; null for a trigger that does not read
    /// a wall clock.
    /// </summary>
    internal virtual bool? MeetsTimesOnce => null;

    /// <summary>
    /// The times of the wall clock, in ticks, that the trigger means; from <paramref name="from"/> up to
    /// <paramref name="to"/>.
    /// </summary>
    internal virtual IEnumerable<long> LocalTimes(long from, long to) => [];

    /// <summary>Finds the next instant as <see cref="Next"/> does, at one step for each instant read.</summary>
    internal virtual DateTimeOffset? Find(DateTimeOffset after, bool inclusive, ref int steps)
    {
        steps--;
        return Next(after, inclusive);
    }

    /// <summary>
    /// What the trigger means here and means differently in other programs; null when there is nothing to say.
    /// </summary>
    public static string? WarningOf(TriggerRequest trigger) =>
        trigger.Kind == TriggerKinds.Cron
            ? CronClock.WarningOf(trigger.Expression)
            : (trigger.Triggers ?? [])
                .Select(part => part is null ? null : WarningOf(part))
                .FirstOrDefault(warning => warning is not null);

    /// <summary>Reads a trigger; null, with field and reason, for one that makes no sense.</summary>
    /// <param name="origin">The creation of the schedule, where an interval without <c>startAt</c> begins.</param>
    public static TriggerClock? TryCreate(
        TriggerRequest trigger,
        DateTimeOffset origin,
        out (string Field, string Reason) problem
    )
    {
        if (PartsOf(trigger, 1) > Limits.TriggerPartsMax)
        {
            problem = (
                "triggers",
                $"At most {Limits.TriggerPartsMax} triggers may stand in one, {Limits.TriggerDepthMax} deep."
            );
            return null;
        }

        return Create(trigger, origin, out problem);
    }

    private static TriggerClock? Create(
        TriggerRequest trigger,
        DateTimeOffset origin,
        out (string Field, string Reason) problem
    )
    {
        problem = default;
        switch (trigger.Kind)
        {
            case TriggerKinds.Cron:
                return CronClock.TryCreate(trigger, out problem);
            case TriggerKinds.Interval
                when trigger.Every is { } every && every >= TimeSpan.FromSeconds(1) && every <= TimeSpan.FromDays(366):
                return new IntervalClock(trigger.StartAt ?? origin, every);
            case TriggerKinds.Interval:
                problem = ("every", "An interval from PT1S to P366D is needed.");
                return null;
            case TriggerKinds.Once when trigger.At is { } at:
                return new OnceClock(at);
            case TriggerKinds.Once:
                problem = ("at", "An instant is needed.");
                return null;
            case TriggerKinds.CalendarInterval:
                return CalendarIntervalClock.Read(trigger, origin, out problem);
            case TriggerKinds.AnyOf:
                return CreateParts(trigger, origin, out problem) is { } either ? new AnyOfClock(either) : null;
            case TriggerKinds.AllOf:
                return CreateParts(trigger, origin, out problem) is { } all ? new AllOfClock(all) : null;
            default:
                problem = ("kind", "One of cron, interval, calendarInterval, once, anyOf, allOf is needed.");
                return null;
        }
    }

    private static List<TriggerClock>? CreateParts(
        TriggerRequest trigger,
        DateTimeOffset origin,
        out (string Field, string Reason) problem
    )
    {
        problem = default;
        var parts = new List<TriggerClock>();
        for (var i = 0; i < trigger.Triggers?.Count; i++)
        {
            if (trigger.Triggers[i] is not { } part)
            {
                problem = ($"triggers[{i}]", "A trigger is needed.");
                return null;
            }

            if (Create(part, origin, out problem) is not { } clock)
            {
                problem = ($"triggers[{i}].{problem.Field}", problem.Reason);
                return null;
            }

            parts.Add(clock);
        }

        if (parts.Count == 0)
        {
            problem = ("triggers", "At least one trigger is needed.");
            return null;
        }

        return parts;
    }

    // The number of triggers in one; a number above the limit for a trigger that is nested too deep.
    private static int PartsOf(TriggerRequest? trigger, int depth) =>
        trigger?.Triggers is not { } parts ? 1
        : depth >= Limits.TriggerDepthMax || parts.Count > Limits.TriggerPartsMax ? Limits.TriggerPartsMax + 1
        : parts.Sum(part => PartsOf(part, depth + 1));

    /// <summary>Finds a time zone; null, with the problem, when this machine does not know the zone.</summary>
    private protected static TimeZoneInfo? ZoneOf(TriggerRequest trigger, out (string Field, string Reason) problem)
    {
        problem = default;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(trigger.TimeZone ?? "UTC", out var zone))
        {
            return zone;
        }

        problem = ("timeZone", UnknownZone(trigger.TimeZone));
        return null;
    }

    /// <summary>The sentence about a zone that this machine's time zone data does not have.</summary>
    public static string UnknownZone(string? zone) =>
        $"The zone \"{zone}\" is not known on this machine; give an IANA name such as \"Europe/Berlin\", or "
        + "install the zone (Debian: tzdata-legacy has old names).";
}
