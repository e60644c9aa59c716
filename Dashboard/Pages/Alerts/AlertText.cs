using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Alerts;

/// <summary>The words of alerts, their rules and their channels.</summary>
internal static class AlertText
{
    /// <summary>The subject of an alert that is about everything that its rule watches.</summary>
    public const string Together = "*";

    public static IReadOnlyList<AlertCondition> Conditions { get; } = Enum.GetValues<AlertCondition>();

    public static IReadOnlyList<AlertChannelKind> Kinds { get; } = Enum.GetValues<AlertChannelKind>();

    /// <summary>A condition as the label of a choice: <c>A job failed for good</c>.</summary>
    public static string Of(AlertCondition condition) =>
        condition switch
        {
            AlertCondition.JobFailed => "A job failed for good",
            AlertCondition.OccurrenceMissed => "A schedule missed an instant",
            AlertCondition.NothingSucceeded => "No job succeeded for a time",
            AlertCondition.HandlerSilent => "A handler is away for a time",
            AlertCondition.WaitingLong => "A ready job waits for a time",
            AlertCondition.KeyExpires => "A key expires soon",
            AlertCondition.DiskLow => "The Broker's disk is nearly full",
            AlertCondition.LinkDown => "A link with a Bridge is down",
            AlertCondition.CertificateExpires => "A certificate expires soon",
            _ => condition.ToString(),
        };

    /// <summary>What a rule watches, and when its alerts end.</summary>
    public static string Explain(AlertCondition condition) =>
        condition switch
        {
            AlertCondition.JobFailed =>
                "No attempt is left, or the handler said that a retry is of no use. The alert ends when no job has "
                    + "failed for a while.",
            AlertCondition.OccurrenceMissed =>
                "An instant of a schedule made no job. The alert ends when none was missed for a while.",
            AlertCondition.NothingSucceeded =>
                "No job of the method has succeeded for so long, whether jobs failed or there were none. The alert "
                    + "ends with the next success.",
            AlertCondition.HandlerSilent =>
                "A handler has no connection for so long. The alert ends when the handler is back.",
            AlertCondition.WaitingLong =>
                "A job could run, and no handler has begun it for so long. The alert ends when no job waits so long.",
            AlertCondition.KeyExpires =>
                "The alert begins so long before the key expires. It ends when the key is replaced or revoked.",
            AlertCondition.DiskLow =>
                "The disk of the store has less room than its reserve. The alert ends when there is room again.",
            AlertCondition.LinkDown =>
                "A Bridge that was connected has no connection for so long. The alert ends when the link stands again.",
            AlertCondition.CertificateExpires =>
                "The alert begins so long before the certificate ends. It ends when the Broker has another one.",
            _ => "",
        };

    /// <summary>What the patterns of a rule are about, as a label; null where a rule has no patterns.</summary>
    public static string? WatchedOf(AlertCondition condition) =>
        condition switch
        {
            AlertCondition.JobFailed or AlertCondition.NothingSucceeded or AlertCondition.WaitingLong => "Methods",
            AlertCondition.OccurrenceMissed => "Schedules",
            AlertCondition.HandlerSilent => "Handlers",
            AlertCondition.KeyExpires => "Ids of keys",
            _ => null,
        };

    /// <summary>Whether a condition is an event, which is over at once, and not a state, which lasts.</summary>
    public static bool IsEvent(AlertCondition condition) =>
        condition is AlertCondition.JobFailed or AlertCondition.OccurrenceMissed;

    /// <summary>Whether a condition is about the whole Broker, and not about one namespace.</summary>
    public static bool IsOfBroker(AlertCondition condition) =>
        condition is AlertCondition.DiskLow or AlertCondition.LinkDown or AlertCondition.CertificateExpires;

    /// <summary>Whether a rule with this condition says how long; see <see cref="AlertRuleRequest.After"/>.</summary>
    public static bool HasAfter(AlertCondition condition) =>
        !IsEvent(condition) && condition is not AlertCondition.DiskLow;

    /// <summary>How long the condition must hold when the rule does not say; null where the rule has to say.</summary>
    public static string? DefaultAfter(AlertCondition condition) =>
        condition switch
        {
            AlertCondition.KeyExpires or AlertCondition.CertificateExpires => "7 d",
            AlertCondition.NothingSucceeded => null,
            _ => "5 min",
        };

    public static string Of(AlertChannelKind kind) =>
        kind switch
        {
            AlertChannelKind.Webhook => "Webhook",
            AlertChannelKind.Slack => "Slack or Mattermost",
            AlertChannelKind.Teams => "Microsoft Teams",
            AlertChannelKind.Mail => "Mail",
            _ => kind.ToString(),
        };

    /// <summary>Where a channel sends: a host, or addresses.</summary>
    public static string ToOf(AlertChannelView channel) =>
        ForeignText.Short(channel.Host ?? NameList.Of(channel.To), 1_000);

    public static (string Words, Tone Tone) StateOf(AlertRuleView rule, DateTimeOffset now) =>
        rule switch
        {
            { Enabled: false } => ("Off", Tone.Idle),
            { MutedUntil: { } until } when until > now => ("Muted", Tone.Wait),
            { Open: > 0 } => (NumberText.Of(rule.Open, "alert", "alerts"), Tone.Bad),
            _ => ("Calm", Tone.Ok),
        };

    public static (string Words, Tone Tone) StateOf(AlertChannelView channel) =>
        channel switch
        {
            { Enabled: false } => ("Off", Tone.Idle),
            { Problem: not null } => ("Fails", Tone.Bad),
            { SentAt: null } => ("Not used yet", Tone.Idle),
            _ => ("Works", Tone.Ok),
        };

    /// <summary>What a rule watches, such as <c>reports.*, mail.send</c>.</summary>
    public static string OnlyOf(AlertRuleView rule) =>
        WatchedOf(rule.When) is null ? "the Broker"
        : rule.Only is { } only ? ForeignText.Short(NameList.Of(only), 1_000)
        : "all";

    /// <summary>What an alert is about, for people.</summary>
    public static string SubjectOf(AlertView alert) =>
        alert.Subject == Together ? "all together" : ForeignText.Short(alert.Subject, 128);
}
