using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Alerts;

/// <summary>What a rule watches, and whom the rule tells, as options.</summary>
internal sealed class AlertRuleOptions
{
    private readonly Option<AlertCondition?> _when = Values.Word<AlertCondition>("--when", "What is watched for");
    private readonly Option<string[]> _only = Values.Many(
        "--only",
        "A method, schedule, handler or key that is watched, such as 'reports.*' [default: all]",
        "PATTERN"
    );
    private readonly Option<TimeSpan?> _after = Values.Duration(
        "--after",
        "How long the condition must last; for what expires, how long before [default: 5m; 7d for what expires]"
    );
    private readonly Option<string[]> _channels = Values.Many("--channel", "A channel that is told", "NAME");
    private readonly Option<TimeSpan?> _wait = Values.Duration(
        "--wait",
        "How long the first notice waits for more of the same, up to 1h [default: 30s]"
    );
    private readonly Option<TimeSpan?> _repeat = Values.Duration(
        "--repeat",
        "The shortest time between two notices of an alert [default: 4h]"
    );
    private readonly Option<TimeSpan?> _quiet = Values.Duration(
        "--quiet",
        "How long after the last failed job or missed occurrence the alert ends [default: 1h]"
    );
    private readonly Option<bool> _noEnd = new("--no-end") { Description = "Do not tell that an alert has ended" };
    private readonly Option<bool> _together = new("--together")
    {
        Description = "One alert for all that is watched, in place of one for each name",
    };
    private readonly Option<string?> _description = Values.Text("--description", "What it is for", "TEXT");
    private readonly Option<bool> _disabled = new("--disabled") { Description = "Switched off: watches nothing" };

    /// <summary>The only version of the rule that may be replaced.</summary>
    public Option<int?> IfVersion { get; } =
        Values.Number<int>("--if-version", "Only if the rule still has this version");

    public void AddTo(Command verb)
    {
        _when.Required = true;
        verb.Add(_when);
        verb.Add(_only);
        verb.Add(_after);
        verb.Add(_channels);
        verb.Add(_wait);
        verb.Add(_repeat);
        verb.Add(_quiet);
        verb.Add(_noEnd);
        verb.Add(_together);
        verb.Add(_description);
        verb.Add(_disabled);
        verb.Add(IfVersion);
    }

    /// <exception cref="UsageException">No channel is given.</exception>
    public AlertRuleRequest Read(Call call) =>
        new()
        {
            Description = call.Value(_description),
            When = call.Value(_when)!.Value,
            Only = Values.GivenOrNull(call.Value(_only)),
            After = call.Value(_after),
            Channels =
                Values.GivenOrNull(call.Value(_channels))
                ?? throw new UsageException("Give a channel that is told: --channel NAME."),
            Wait = call.Value(_wait),
            Repeat = call.Value(_repeat),
            Quiet = call.Value(_quiet),
            TellEnd = !call.Value(_noEnd),
            Together = call.Value(_together),
            Enabled = !call.Value(_disabled),
        };
}
