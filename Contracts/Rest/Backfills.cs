namespace ScheduleZero.Contracts.Rest;

/// <summary>
/// Asks for the jobs of a range of a schedule's past: each instant of the trigger in it gets one, unless it has one
/// already.
/// </summary>
/// <param name="From">The first instant that counts, itself included.</param>
/// <param name="To">Instants from here on do not count. What has not come yet, or waits to be served, is never part of
/// it.</param>
/// <param name="Overlap"><c>allow</c>: all at once; <c>queue</c>: each waits for the end of the one before. As the
/// schedule's when not given: <c>allow</c> there is <c>allow</c> here, the others are <c>queue</c>.</param>
/// <param name="DryRun">Only says what it would do.</param>
public sealed record BackfillRequest(
    DateTimeOffset From,
    DateTimeOffset To,
    OverlapPolicy? Overlap = null,
    bool DryRun = false
);

/// <summary>A backfill, or what one would be.</summary>
public sealed record BackfillView
{
    public required BackfillState State { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    public required OverlapPolicy Overlap { get; init; }

    /// <summary>Instants from one to the other, as the trigger was when it was asked for: 100,000 at most.</summary>
    public required long Total { get; init; }

    /// <summary>Jobs made so far.</summary>
    public required long Made { get; init; }

    /// <summary>Instants so far that had a job already; of a planned one, all of them.</summary>
    public required long Present { get; init; }

    /// <summary>Of a planned one.</summary>
    public DateTimeOffset? First { get; init; }

    /// <inheritdoc cref="First"/>
    public DateTimeOffset? Last { get; init; }

    public string? RequestedBy { get; init; }

    public DateTimeOffset? RequestedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public string? CancelledBy { get; init; }
}

public enum BackfillState
{
    /// <summary>A dry run: nothing was done.</summary>
    Planned,
    Running,
    Finished,
    Cancelled,
}
