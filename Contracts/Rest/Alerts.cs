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
