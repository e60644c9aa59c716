using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// A request to make the jobs of the instants of a past range, and how far the Broker has come with it. A schedule is
/// stored with its newest backfill.
/// </summary>
public sealed record Backfill
{
    /// <summary>The first instant of the range.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The end of the range, which is not part of it.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>
    /// The number of instants in the range, by the trigger as it was when the backfill was requested.
    /// </summary>
    public required long Total { get; init; }

    /// <summary>
    /// The overlap policy of the backfill. With <c>allow</c> all jobs are made at once; with <c>queue</c> each job is
    /// made when the one before has ended.
    /// </summary>
    public required OverlapPolicy Overlap { get; init; }

    public required string RequestedBy { get; init; }

    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>The instant from which the backfill goes on: every earlier instant has its job.</summary>
    public required DateTimeOffset Next { get; init; }

    /// <summary>The number of jobs that the backfill has made.</summary>
    public long Made { get; init; }

    /// <summary>The number of instants that had a job already.</summary>
    public long Present { get; init; }

    /// <summary>The newest job that the backfill has made; null when it has made none.</summary>
    public JobId? LastJob { get; init; }

    /// <summary>When the backfill finished or was cancelled; null while it is under way.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Who cancelled the backfill; null when nobody did.</summary>
    public string? CancelledBy { get; init; }

    public bool IsUnderWay => EndedAt is null;
}
