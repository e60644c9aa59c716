using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Schedules;

/// <summary>
/// A trigger as options: <c>--cron</c>, <c>--every</c>, <c>--at</c> or <c>--time-of-day</c>. A trigger that combines
/// several takes a file.
/// </summary>
internal sealed class TriggerOptions(TimeProvider time)
{
    private readonly Option<string?> _cron = Values.Text(
        "--cron",
        "Five fields, or six with seconds first, or @daily and the like",
        "EXPRESSION"
    );
    private readonly Option<string?> _timeZone = Values.Text(
        "--time-zone",
        "For --cron and --time-of-day, such as Europe/Berlin [default: UTC]",
        "ZONE"
    );
    private readonly Option<TimeSpan?> _every = Values.Duration(
        "--every",
        "Elapsed time between occurrences, from 1 s on"
    );
    private readonly Option<DateTimeOffset?> _firstAt = Values.Instant(
        "--first-at",
        "For --every, the first occurrence [default: now]",
        time
    );
    private readonly Option<DateTimeOffset?> _at = Values.Instant("--at", "Once", time);

    private readonly Option<int?> _months = Values.Number<int>(
        "--months",
        "With --time-of-day, every so many months of the calendar"
    );
    private readonly Option<int?> _weeks = Values.Number<int>("--weeks", "With --time-of-day, every so many weeks");
    private readonly Option<int?> _days = Values.Number<int>("--days", "With --time-of-day, every so many days");
    private readonly Option<string?> _timeOfDay = Values.Text(
        "--time-of-day",
        "On the wall clock, such as 02:30; goes with --months, --weeks or --days",
        "HH:MM"
    );

    public void AddTo(Command verb)
    {
        verb.Add(_cron);
        verb.Add(_timeZone);
        verb.Add(_every);
        verb.Add(_firstAt);
        verb.Add(_at);
        verb.Add(_months);
        verb.Add(_weeks);
        verb.Add(_days);
        verb.Add(_timeOfDay);
    }

    /// <summary>Reads the trigger that the options describe; null when none of them was given.</summary>
    /// <exception cref="UsageException">The options do not go together.</exception>
    public TriggerRequest? Read(ParseResult parsed)
    {
        var (cron, every, at) = (parsed.GetValue(_cron), parsed.GetValue(_every), parsed.GetValue(_at));
        var (timeZone, firstAt) = (parsed.GetValue(_timeZone), parsed.GetValue(_firstAt));
        var isCalendarInterval = parsed.GetValue(_timeOfDay) is not null;
        Require(
            timeZone is null || cron is not null || isCalendarInterval,
            "--time-zone goes with --cron or --time-of-day."
        );
        Require(
            (parsed.GetValue(_months) ?? parsed.GetValue(_weeks) ?? parsed.GetValue(_days)) is not null
                == isCalendarInterval,
            "--time-of-day goes with one of --months, --weeks and --days."
        );
        Require(firstAt is null || every is not null, "--first-at goes with --every.");
        return (cron, every, at, isCalendarInterval) switch
        {
            (null, null, null, false) => null,
            (null, null, null, true) => ReadCalendarInterval(parsed),
            (_, _, _, true) => throw new UsageException(
                "Give one of --cron, --every, --at and --time-of-day, not several."
            ),
            (not null, null, null, _) => new TriggerRequest
            {
                Kind = TriggerKinds.Cron,
                Expression = cron,
                TimeZone = timeZone,
            },
            (null, not null, null, _) => new TriggerRequest
            {
                Kind = TriggerKinds.Interval,
                Every = every,
                StartAt = firstAt,
            },
            (null, null, not null, _) => new TriggerRequest { Kind = TriggerKinds.Once, At = at },
            _ => throw new UsageException("Give one of --cron, --every and --at, not several."),
        };
    }

    private TriggerRequest ReadCalendarInterval(ParseResult parsed) =>
        new()
        {
            Kind = TriggerKinds.CalendarInterval,
            Months = parsed.GetValue(_months),
            Weeks = parsed.GetValue(_weeks),
            Days = parsed.GetValue(_days),
            TimeOfDay = parsed.GetValue(_timeOfDay),
            TimeZone = parsed.GetValue(_timeZone),
        };

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new UsageException(otherwise);
        }
    }
}
