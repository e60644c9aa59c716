using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Alerts;

/// <summary>Alerts, their rules and their channels as columns and text for people.</summary>
internal static class AlertText
{
    public static IReadOnlyList<Column<AlertView>> Columns { get; } =
    [
        new("RULE", alert => alert.Rule),
        new("ABOUT", alert => alert.Subject == "*" ? "all together" : alert.Subject),
        new("WHEN", alert => PlainText.Word(alert.Condition), Fit.Lesser),
        new("SINCE", alert => PlainText.Instant(alert.Since)),
        new("COUNT", alert => $"{alert.Count}", Fit.Lesser),
        new("TOLD AT", alert => PlainText.Instant(alert.ToldAt), Fit.Lesser),
        new("NEWEST", alert => alert.Detail ?? (alert.Jobs is [var job, ..] ? job.Text : null), Fit.Prose),
    ];

    public static IReadOnlyList<Column<AlertRuleView>> RuleColumns { get; } =
    [
        new("NAME", rule => rule.Name),
        new("WHEN", rule => PlainText.Word(rule.When)),
        new("STATE", State),
        new("OPEN", rule => $"{rule.Open}"),
        new("AFTER", rule => PlainText.Duration(rule.After), Fit.Lesser),
        new("ONLY", rule => PlainText.List(rule.Only), Fit.Prose),
        new("CHANNELS", rule => PlainText.List(rule.Channels), Fit.Prose),
    ];

    public static IReadOnlyList<Column<AlertChannelView>> ChannelColumns { get; } =
    [
        new("NAME", channel => channel.Name),
        new("KIND", channel => PlainText.Word(channel.Kind)),
        new("STATE", State),
        new("WAITING", channel => $"{channel.Waiting}", Fit.Lesser),
        new("DROPPED", channel => $"{channel.Dropped}", Fit.Lesser),
        new("SENT AT", channel => PlainText.Instant(channel.SentAt), Fit.Lesser),
        new("TO", channel => channel.Host ?? PlainText.List(channel.To), Fit.Prose),
        new("PROBLEM", channel => channel.Problem, Fit.Prose),
    ];

    public static void Print(Call call, AlertRuleView rule) =>
        call.Printer.Answer(rule, RestJson.Default.AlertRuleView, Details);

    public static void Print(Call call, AlertChannelView channel) =>
        call.Printer.Answer(
            channel,
            RestJson.Default.AlertChannelView,
            shown =>
            {
                call.Printer.Details(Details(shown));
                if (shown.Secret is not null)
                {
                    call.Printer.Note(
                        "Give the secret to whoever takes the notices: it proves that a notice is from here. It is "
                            + "not shown again."
                    );
                }
            }
        );

    private static string State(AlertRuleView rule) =>
        rule switch
        {
            { Enabled: false } => "off",
            { MutedUntil: not null } => "muted",
            _ => "on",
        };

    private static string State(AlertChannelView channel) =>
        channel switch
        {
            { Enabled: false } => "off",
            { Problem: not null } => "failing",
            _ => "on",
        };

    private static IEnumerable<(string Name, string? Value)> Details(AlertRuleView rule) =>
        [
            ("name", rule.Name),
            ("description", rule.Description),
            ("version", $"{rule.Version}"),
            ("state", State(rule)),
            ("when", PlainText.Word(rule.When)),
            ("only", PlainText.List(rule.Only)),
            ("after", PlainText.Duration(rule.After)),
            ("channels", PlainText.List(rule.Channels)),
            ("wait", PlainText.Duration(rule.Wait)),
            ("repeat", PlainText.Duration(rule.Repeat)),
            ("quiet", PlainText.Duration(rule.Quiet)),
            ("tells the end", rule.TellEnd ? "yes" : "no"),
            ("alerts", rule.Together ? "one for all together" : "one for each name"),
            ("open", $"{rule.Open}"),
            ("muted until", rule.MutedUntil is null ? null : $"{PlainText.Instant(rule.MutedUntil)} by {rule.MutedBy}"),
            ("why muted", rule.MuteReason),
            ("created", $"{PlainText.Instant(rule.CreatedAt)} by {rule.CreatedBy}"),
            ("changed", $"{PlainText.Instant(rule.ChangedAt)} by {rule.ChangedBy}"),
        ];

    private static IEnumerable<(string Name, string? Value)> Details(AlertChannelView channel) =>
        [
            ("name", channel.Name),
            ("description", channel.Description),
            ("version", $"{channel.Version}"),
            ("state", State(channel)),
            ("kind", PlainText.Word(channel.Kind)),
            ("host", channel.Host),
            ("to", PlainText.List(channel.To)),
            ("secret", channel.Secret),
            ("sent", PlainText.Instant(channel.SentAt)),
            ("problem", channel.Problem),
            ("problem at", PlainText.Instant(channel.ProblemAt)),
            ("waiting", $"{channel.Waiting}"),
            ("dropped", $"{channel.Dropped}"),
            ("created", $"{PlainText.Instant(channel.CreatedAt)} by {channel.CreatedBy}"),
            ("changed", $"{PlainText.Instant(channel.ChangedAt)} by {channel.ChangedBy}"),
        ];
}
