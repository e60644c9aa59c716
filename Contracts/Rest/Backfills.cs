namespace ScheduleZero.Contracts.Rest;

/// <summary>
/// Asks for the jobs of a range of a schedule's past: each instant of the trigger in the range gets one, unless the
/// instant has one already.
/// </summary>
/// <param name="From">The beginning of the range, included.</param>
/// <param name="To">The end of the range, excluded. Instants that have not come yet, or wait to be served, are never
/// part of the range.</param>
/// <param name="Overlap"><c>allow</c>: all jobs may run at once; <c>queue</c>: each job waits for the end of the one
/// before. When not given, <c>allow</c> for a schedule whose policy is <c>allow</c>, otherwise <c>queue</c>.</param>
/// <param name="DryRun">Whether the answer only says what the backfill would do.</param>
public sealed record BackfillRequest(
    DateTimeOffset From,
    DateTimeOffset To,
    OverlapPolicy? Overlap = null,
    bool DryRun = false
);

/// <summary>A backfill, or the plan of one.</summary>
public sealed record BackfillView
{
    public required BackfillState State { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    public required OverlapPolicy Overlap { get; init; }

    /// <summary>
    /// The number of instants from <c>from</c> to <c>to</c>, by the trigger as it was when the backfill was asked for:
    /// 100,000 at most.
    /// </summary>
    public required long Total { get; init; }

    /// <summary>The number of jobs made so far.</summary>
    public required long Made { get; init; }

    /// <summary>The number of instants so far that had a job already; in a plan, of all of them.</summary>
    public required long Present { get; init; }

    /// <summary>The first instant that would get a job; only in a plan.</summary>
    public DateTimeOffset? First { get; init; }

    /// <summary>The last instant that would get a job; only in a plan.</summary>
    public DateTimeOffset? Last { get; init; }

    public string? RequestedBy { get; init; }

    public DateTimeOffset? RequestedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public string? CancelledBy { get; init; }
}

public enum BackfillState
{
    /// <summary>The backfill was a dry run: nothing was done.</summary>
    Planned,
    Running,
    Finished,
    Cancelled,
}
