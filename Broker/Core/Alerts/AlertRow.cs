using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Alerts;

/// <summary>The kinds of rows of alerts. The numbers are stored, so none is ever used again for another kind.</summary>
public enum AlertRowKind
{
    Channel = 1,
    Rule = 2,
    Alert = 3,
    Notice = 4,
}

/// <summary>One stored row of alerts: a channel, a rule, an open alert, or a notice on its way.</summary>
public abstract record AlertRow
{
    private protected AlertRow() { }

    public abstract AlertRowKind Kind { get; }

    public abstract string Namespace { get; init; }

    /// <summary>The key of the row, unique within its kind and namespace.</summary>
    public abstract string Key { get; }
}

/// <summary>What channels and rules have in common: people make, change and delete them.</summary>
public abstract record AlertSettingsRow : AlertRow
{
    private protected AlertSettingsRow() { }

    public override required string Namespace { get; init; }

    public override string Key => Name;

    public required string Name { get; init; }

    /// <summary>The number of changes by people, from 1. Core sets it.</summary>
    public int Version { get; init; }

    public string? Description { get; init; }

    /// <summary>True while somebody has switched it off.</summary>
    public bool Disabled { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public required string CreatedBy { get; init; }

    public required string ChangedBy { get; init; }
}

/// <summary>A channel: where notices go.</summary>
public sealed record AlertChannelRecord : AlertSettingsRow
{
    public override AlertRowKind Kind => AlertRowKind.Channel;

    public required AlertChannelKind Form { get; init; }

    /// <summary>
    /// The URL, encrypted with Data Protection, because the URL of a chat is a secret; null for mail.
    /// </summary>
    public string? ProtectedUrl { get; init; }

    /// <summary>The scheme and host of the URL, which people may see; null for mail.</summary>
    public string? Host { get; init; }

    /// <summary>The secret that signs webhooks, encrypted with Data Protection; null for other channels.</summary>
    public string? ProtectedSecret { get; init; }

    /// <summary>The mail addresses; empty for other channels.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>When the channel last took a notice; null for never.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>Why the newest attempt to send failed; null when it did not.</summary>
    public string? Problem { get; init; }

    public DateTimeOffset? ProblemAt { get; init; }

    /// <summary>How many notices the channel never took, because too many waited or the time for retries was over.
    /// </summary>
    public long Dropped { get; init; }
}

/// <summary>A rule: what is watched, and whom to tell.</summary>
public sealed record AlertRuleRecord : AlertSettingsRow
{
    public override AlertRowKind Kind => AlertRowKind.Rule;

    public required AlertCondition Condition { get; init; }

    /// <summary>
    /// The patterns of what is watched: names of methods, schedules, handlers, keys or links, as the condition has it;
    /// null for all.
    /// </summary>
    public IReadOnlyList<string>? Only { get; init; }

    /// <summary>How long the condition must last, or how long before an end to warn; null where there is no such time.
    /// </summary>
    public TimeSpan? After { get; init; }

    /// <summary>The names of the channels that are told.</summary>
    public required IReadOnlyList<string> Channels { get; init; }

    /// <summary>How long the first notice waits for more of the same.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>How long after a notice the next one comes at the earliest, while the alert goes on.</summary>
    public TimeSpan Repeat { get; init; }

    /// <summary>
    /// How long after the last event the alert ends, where the condition is an event and not a state.
    /// </summary>
    public TimeSpan Quiet { get; init; }

    /// <summary>Whether the channels are also told when an alert ends.</summary>
    public bool TellsEnd { get; init; }

    /// <summary>Whether everything that the rule watches makes one alert together.</summary>
    public bool IsTogether { get; init; }

    /// <summary>Until when nobody is told; null when people are told.</summary>
    public DateTimeOffset? MutedUntil { get; init; }

    public string? MutedBy { get; init; }

    public string? MuteReason { get; init; }

    /// <summary>Whether the condition is an event, which happens and is over, and not a state, which lasts.</summary>
    public bool WatchesEvents => Condition is AlertCondition.JobFailed or AlertCondition.OccurrenceMissed;

    public bool IsMutedAt(DateTimeOffset now) => MutedUntil > now;
}

/// <summary>An open alert. The row goes when the alert ends.</summary>
public sealed record AlertRecord : AlertRow
{
    public override AlertRowKind Kind => AlertRowKind.Alert;

    public override required string Namespace { get; init; }

    public override string Key => KeyOf(Rule, Subject);

    public required string Rule { get; init; }

    /// <summary>
    /// What the alert is about; <see cref="AlertBounds.Together"/> for everything that the rule watches.
    /// </summary>
    public required string Subject { get; init; }

    public required AlertCondition Condition { get; init; }

    public required DateTimeOffset Since { get; init; }

    /// <summary>When the condition was seen last.</summary>
    public required DateTimeOffset LastAt { get; init; }

    /// <summary>How often the condition was seen, such as the number of failed jobs.</summary>
    public long Count { get; init; } = 1;

    public string? Detail { get; init; }

    /// <summary>The newest jobs, newest first.</summary>
    public IReadOnlyList<AlertSample> Samples { get; init; } = [];

    /// <summary>When the channels were told last; null before the first time.</summary>
    public DateTimeOffset? ToldAt { get; init; }

    /// <summary>The count that the channels were told last.</summary>
    public long ToldCount { get; init; }

    /// <summary>When the channels are told next, if there is something to tell.</summary>
    public required DateTimeOffset NextAt { get; init; }

    public static string KeyOf(string rule, string subject) => $"{rule}\n{subject}";
}

/// <summary>A notice that its channel has not taken yet.</summary>
public sealed record AlertNoticeRecord : AlertRow
{
    public override AlertRowKind Kind => AlertRowKind.Notice;

    public override required string Namespace { get; init; }

    public override string Key => KeyOf(Notice.Id);

    public required AlertNotice Notice { get; init; }

    /// <summary>How many attempts to send the notice have failed.</summary>
    public int Attempts { get; init; }

    /// <summary>When the notice is sent next.</summary>
    public required DateTimeOffset NextAt { get; init; }

    public static string KeyOf(Guid id) => id.ToString("N");
}
