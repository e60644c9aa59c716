using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// What somebody asked to be made up for: the instants of a range that is past. The newest of a schedule is kept with
/// it.
/// </summary>
public sealed record Backfill
{
    /// <summary>The first instant.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Behind the last one.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>Instants from one to the other, as the trigger was when it was asked for.</summary>
    public required long Total { get; init; }

    /// <summary><c>allow</c>: all at once. <c>queue</c>: each waits for the end of the one before.</summary>
    public required OverlapPolicy Overlap { get; init; }

    public required string RequestedBy { get; init; }

    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>Everything before it is done.</summary>
    public required DateTimeOffset Next { get; init; }

    public long Made { get; init; }

    /// <summary>Instants that had a job already.</summary>
    public long Present { get; init; }

    public JobId? LastJob { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Who ended it before it was through.</summary>
    public string? CancelledBy { get; init; }

    public bool IsUnderWay => EndedAt is null;
}
