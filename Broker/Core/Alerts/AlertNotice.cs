using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Alerts;

/// <summary>
/// A message about an alert to one channel. A notice is stored until its channel has taken it, and may arrive twice:
/// <see cref="Id"/> is the same each time.
/// </summary>
public sealed record AlertNotice
{
    public required Guid Id { get; init; }

    public required string Namespace { get; init; }

    /// <summary>The name of the channel that is to take the notice.</summary>
    public required string Channel { get; init; }

    /// <summary>The name of the rule; empty for a test.</summary>
    public required string Rule { get; init; }

    public required AlertCondition Condition { get; init; }

    public required AlertPhase Phase { get; init; }

    /// <summary>
    /// What the alert is about: a method, schedule, handler, key, link or file. Others choose these names, so they are
    /// hostile text.
    /// </summary>
    public required string Subject { get; init; }

    /// <summary>When the alert began.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When the notice was made.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How often the condition was seen since the alert began, such as the number of failed jobs.</summary>
    public long Count { get; init; } = 1;

    /// <summary>What is known about the condition, such as how much of the disk is free; null for nothing.</summary>
    public string? Detail { get; init; }

    /// <summary>The newest jobs of the alert, newest first, at most <see cref="AlertBounds.SamplesMax"/>.</summary>
    public IReadOnlyList<AlertSample> Samples { get; init; } = [];
}

/// <summary>One job of an alert.</summary>
/// <param name="Text">The message of the job's error, cut at <see cref="AlertBounds.TextMax"/> characters; null for
/// none. A handler wrote it.</param>
public sealed record AlertSample(JobId Job, string Method, string? Handler, string? Text, DateTimeOffset At);
