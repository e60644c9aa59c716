using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Rest;

/// <summary>One job of a chain, as seen from the job that was asked for.</summary>
public sealed record ChainedJob
{
    public required JobId Id { get; init; }

    public required JobState State { get; init; }

    public required string Method { get; init; }

    /// <summary>
    /// 0 for the job that was asked for; −1 for jobs that it runs after, −2 for those before these; 1 for jobs that run
    /// after it, 2 for those after these.
    /// </summary>
    public required int Depth { get; init; }

    /// <summary>The jobs of this answer that the job runs after.</summary>
    public required IReadOnlyList<JobId> After { get; init; }

    /// <summary>How many jobs beside these it runs after; not given when there are none.</summary>
    public int? MoreAfter { get; init; }

    /// <summary>
    /// How many jobs beside those of this answer run after it: counted up to 100, which means 100 or more. Not given
    /// when there are none, and for jobs with a depth below 0.
    /// </summary>
    public int? MoreDependents { get; init; }
}
