namespace ScheduleZero.Contracts.Rest;

/// <summary>What an alert rule watches for.</summary>
public enum AlertCondition
{
    /// <summary>A job has failed for good: no attempt is left, or the handler said that a retry is of no use.</summary>
    JobFailed = 1,

    /// <summary>An instant of a schedule has made no job.</summary>
    OccurrenceMissed = 2,

    /// <summary>No job of a method has succeeded for a time.</summary>
    NothingSucceeded = 3,

    /// <summary>A handler has had no connection for a time.</summary>
    HandlerSilent = 4,

    /// <summary>A job has been ready for a time, and nobody has begun it.</summary>
    WaitingLong = 5,

    /// <summary>A key expires soon.</summary>
    KeyExpires = 6,

    /// <summary>The store's disk has less room than its reserve.</summary>
    DiskLow = 7,

    /// <summary>A Bridge that was connected has no connection to the Broker.</summary>
    LinkDown = 8,

    /// <summary>A certificate of the Broker's listeners expires soon.</summary>
    CertificateExpires = 9,
}

/// <summary>Which part of an alert's life a notice tells of.</summary>
public enum AlertPhase
{
    /// <summary>The alert has begun.</summary>
    Firing = 1,

    /// <summary>The alert has not ended since the last notice.</summary>
    Ongoing = 2,

    /// <summary>The alert has ended.</summary>
    Resolved = 3,

    /// <summary>Somebody tries the channel; there is no alert.</summary>
    Test = 4,
}

/// <summary>In which form a channel takes notices.</summary>
public enum AlertChannelKind
{
    /// <summary>A signed JSON document by HTTP POST.</summary>
    Webhook = 1,

    /// <summary>An incoming webhook of Slack, or of a chat that takes the same form, such as Mattermost.</summary>
    Slack = 2,

    /// <summary>A webhook of Microsoft Teams, made by a workflow.</summary>
    Teams = 3,

    /// <summary>Mail, by the mail server in the Broker's settings.</summary>
    Mail = 4,
}

/// <summary>A channel of alerts as sent with PUT: where notices go.</summary>
public sealed record AlertChannelRequest
{
    /// <summary>The name of the channel; not needed where the address has it.</summary>
    public string? Name { get; init; }

    public required AlertChannelKind Kind { get; init; }

    /// <summary>At most 1,000 characters.</summary>
    public string? Description { get; init; }

    /// <summary>
    /// The URL that takes notices, with https, at most 2,000 characters; not for mail. The URL is never shown again. A
    /// change without a URL leaves the one that is there.
    /// </summary>
    public string? Url { get; init; }

    /// <summary>
    /// The secret that signs webhooks: <c>whsec_</c> and 24 to 64 bytes in Base64. The Broker makes one for a new
    /// webhook without a secret, and answers with it once. A change without a secret leaves the one that is there.
    /// </summary>
    public string? Secret { get; init; }

    /// <summary>The mail addresses, 1 to 20; only for mail.</summary>
    public IReadOnlyList<string>? To { get; init; }

    /// <summary>False to send nothing to the channel; true when not given.</summary>
    public bool Enabled { get; init; } = true;
}

public sealed record AlertChannelView
{
    public required string Name { get; init; }

    public required string Namespace { get; init; }

    /// <summary>The channel's version, which grows with each change by people; also the <c>ETag</c>.</summary>
    public required int Version { get; init; }

    public required AlertChannelKind Kind { get; init; }

    public string? Description { get; init; }

    /// <summary>The scheme and host of the URL; not set for mail.</summary>
    public string? Host { get; init; }

    public IReadOnlyList<string>? To { get; init; }

    public required bool Enabled { get; init; }

    /// <summary>The secret that signs webhooks, only in the answer to the request that has set it.</summary>
    public string? Secret { get; init; }

    /// <summary>When the channel last took a notice.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>Why the newest attempt to send failed; not set when it did not.</summary>
    public string? Problem { get; init; }

    public DateTimeOffset? ProblemAt { get; init; }

    /// <summary>How many notices wait to be sent.</summary>
    public required int Waiting { get; init; }

    /// <summary>How many notices the channel never took.</summary>
    public required long Dropped { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public required string CreatedBy { get; init; }

    public required string ChangedBy { get; init; }
}

/// <summary>The outcome of a try of a channel.</summary>
/// <param name="Sent">Whether the channel took the notice.</param>
/// <param name="Problem">Why it did not; not set when it did.</param>
public sealed record AlertChannelTest(bool Sent, string? Problem = null);

/// <summary>A rule of alerts as sent with PUT: what is watched, and whom to tell.</summary>
public sealed record AlertRuleRequest
{
    /// <summary>The name of the rule; not needed where the address has it.</summary>
    public string? Name { get; init; }

    /// <summary>At most 1,000 characters.</summary>
    public string? Description { get; init; }

    public required AlertCondition When { get; init; }

    /// <summary>
    /// Patterns of what is watched, such as <c>reports.*</c>, at most 64: of methods for <c>jobFailed</c>,
    /// <c>nothingSucceeded</c> and <c>waitingLong</c>, of schedules for <c>occurrenceMissed</c>, of handlers for
    /// <c>handlerSilent</c>, of the ids of keys for <c>keyExpires</c>. All are watched when not given;
    /// <c>nothingSucceeded</c> needs the names of methods.
    /// </summary>
    public IReadOnlyList<string>? Only { get; init; }

    /// <summary>
    /// For how long the condition must hold, or how long before its end a key or certificate is told of: 1 min to 365
    /// days. Needed for <c>nothingSucceeded</c>; 5 min for <c>handlerSilent</c>, <c>waitingLong</c> and
    /// <c>linkDown</c>, 7 days for <c>keyExpires</c> and <c>certificateExpires</c> when not given; not for others.
    /// </summary>
    public TimeSpan? After { get; init; }

    /// <summary>The names of the channels that are told, 1 to 10.</summary>
    public required IReadOnlyList<string> Channels { get; init; }

    /// <summary>How long the first notice waits for more of the same, up to 1 h; 30 s when not given.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>How long after a notice the next one comes at the earliest, while the alert goes on: 1 min to 30 days;
    /// 4 h when not given.</summary>
    public TimeSpan? Repeat { get; init; }

    /// <summary>How long after the last failed job or missed occurrence the alert ends: 1 min to 7 days; 1 h when not
    /// given. Other conditions end when they do not hold any more.</summary>
    public TimeSpan? Quiet { get; init; }

    /// <summary>Whether the channels are also told of the end of an alert; true when not given.</summary>
    public bool TellEnd { get; init; } = true;

    /// <summary>Whether everything that the rule watches makes one alert together, rather than one for each name.
    /// </summary>
    public bool Together { get; init; }

    /// <summary>False to watch nothing; true when not given.</summary>
    public bool Enabled { get; init; } = true;
}

public sealed record AlertRuleView
{
    public required string Name { get; init; }

    public required string Namespace { get; init; }

    /// <summary>The rule's version, which grows with each change by people; also the <c>ETag</c>.</summary>
    public required int Version { get; init; }

    public string? Description { get; init; }

    public required AlertCondition When { get; init; }

    public IReadOnlyList<string>? Only { get; init; }

    public TimeSpan? After { get; init; }

    public required IReadOnlyList<string> Channels { get; init; }

    public required TimeSpan Wait { get; init; }

    public required TimeSpan Repeat { get; init; }

    /// <summary>The field is not set where the condition of the rule is a state.</summary>
    public TimeSpan? Quiet { get; init; }

    public required bool TellEnd { get; init; }

    public required bool Together { get; init; }

    public required bool Enabled { get; init; }

    /// <summary>Until when nobody is told; not set when people are told.</summary>
    public DateTimeOffset? MutedUntil { get; init; }

    public string? MutedBy { get; init; }

    public string? MuteReason { get; init; }

    /// <summary>How many alerts of the rule are open.</summary>
    public required int Open { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public required string CreatedBy { get; init; }

    public required string ChangedBy { get; init; }
}

/// <summary>Asks to tell nobody of a rule's alerts for a time.</summary>
/// <param name="Until">The end of the silence, at most 365 days from now.</param>
/// <param name="Reason">Why, for everybody who sees the rule; at most 1,000 characters.</param>
public sealed record AlertMuteRequest(DateTimeOffset Until, string? Reason = null);

/// <summary>An open alert.</summary>
public sealed record AlertView
{
    public required string Namespace { get; init; }

    public required string Rule { get; init; }

    public required AlertCondition Condition { get; init; }

    /// <summary>The name of what the alert is about; <c>*</c> for everything that the rule watches.</summary>
    public required string Subject { get; init; }

    public required DateTimeOffset Since { get; init; }

    /// <summary>When the condition was seen last.</summary>
    public required DateTimeOffset LastAt { get; init; }

    /// <summary>How often the condition was seen, such as the number of failed jobs.</summary>
    public required long Count { get; init; }

    public string? Detail { get; init; }

    /// <summary>The newest jobs, newest first, at most 5. Not set for a caller who may not read jobs.</summary>
    public IReadOnlyList<AlertJob>? Jobs { get; init; }

    /// <summary>When people were told last; not set before the first time.</summary>
    public DateTimeOffset? ToldAt { get; init; }
}

/// <summary>A job of an alert.</summary>
/// <param name="Text">The first 300 characters of the job's error.</param>
public sealed record AlertJob(
    Ids.JobId Id,
    string Method,
    DateTimeOffset At,
    string? Handler = null,
    string? Text = null
);
