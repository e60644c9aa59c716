using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Schedules;

/// <summary>When a schedule is due: <c>--cron</c>, <c>--every</c> or <c>--at</c>.</summary>
internal sealed class TriggerOptions(TimeProvider time)
{
    private readonly Option<string?> _cron = Values.Text("--cron", "Five fields, or six with seconds first, or @daily and the like", "EXPRESSION");
    private readonly Option<string?> _timeZone = Values.Text("--time-zone", "For --cron, such as Europe/Berlin [default: UTC]", "ZONE");
    private readonly Option<TimeSpan?> _every = Values.Duration("--every", "Elapsed time between occurrences, from 1 s on");
    private readonly Option<DateTimeOffset?> _firstAt = Values.Instant("--first-at", "For --every, the first occurrence [default: now]", time);
    private readonly Option<DateTimeOffset?> _at = Values.Instant("--at", "Once", time);

    public void AddTo(Command verb)
    {
        verb.Add(_cron);
        verb.Add(_timeZone);
        verb.Add(_every);
        verb.Add(_firstAt);
        verb.Add(_at);
    }

    /// <summary>Null when none was given.</summary>
    public TriggerRequest? Read(ParseResult parsed)
    {
        var (cron, every, at) = (parsed.GetValue(_cron), parsed.GetValue(_every), parsed.GetValue(_at));
        var (timeZone, firstAt) = (parsed.GetValue(_timeZone), parsed.GetValue(_firstAt));
        Require(timeZone is null || cron is not null, "--time-zone goes with --cron.");
        Require(firstAt is null || every is not null, "--first-at goes with --every.");
        return (cron, every, at) switch
        {
            (null, null, null) => null,
            (not null, null, null) => new TriggerRequest { Kind = TriggerKinds.Cron, Expression = cron, TimeZone = timeZone },
            (null, not null, null) => new TriggerRequest { Kind = TriggerKinds.Interval, Every = every, StartAt = firstAt },
            (null, null, not null) => new TriggerRequest { Kind = TriggerKinds.Once, At = at },
            _ => throw new UsageException("Give one of --cron, --every and --at, not several."),
        };
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new UsageException(otherwise);
        }
    }
}
