using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage;

/// <summary>A search for jobs by their ends. Every filter that is set must hold.</summary>
public sealed record FinishedSearch
{
    public required string Namespace { get; init; }

    public required int Limit { get; init; }

    public JobBodies Bodies { get; init; }

    /// <summary>Whether the newest end comes first; otherwise the oldest does.</summary>
    public bool NewestFirst { get; init; }

    public string? Cursor { get; init; }

    /// <summary>The first instant: jobs that ended at or after it.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The end: jobs that ended before this instant.</summary>
    public required DateTimeOffset To { get; init; }

    public string? Method { get; init; }

    /// <summary>The name of the schedule whose occurrence the job is; null for any job.</summary>
    public string? Schedule { get; init; }

    /// <summary>
    /// The handler of at least one attempt; that attempt must have ended in one of the <see cref="Outcomes"/> if these
    /// are set too. Null for any.
    /// </summary>
    public string? Handler { get; init; }

    /// <summary>The outcomes of which an attempt must have one; null for any.</summary>
    public IReadOnlySet<AttemptOutcome>? Outcomes { get; init; }

    /// <summary>Whether the attempt fits the filters for attempts.</summary>
    public bool HasAttempt(Attempt attempt) =>
        (Handler is null || attempt.Handler == Handler)
        && (Outcomes is null || (attempt.Outcome is { } outcome && Outcomes.Contains(outcome)));
}
