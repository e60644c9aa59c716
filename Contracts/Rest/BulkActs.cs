using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Rest;

/// <summary>What a bulk act does to each job that matches.</summary>
public enum BulkAction
{
    /// <summary>Cancels jobs that have not ended.</summary>
    Cancel,

    /// <summary>Ends the wait of jobs for their <c>runAt</c> or backoff.</summary>
    Retry,

    /// <summary>Enqueues jobs that have ended again, as new jobs.</summary>
    Replay,

    /// <summary>Gives jobs that wait another priority.</summary>
    Priority,
}

public enum BulkActState
{
    /// <summary>It looks for the jobs that match.</summary>
    Finding,
    Running,

    /// <summary>It has acted on every job that matched; a dry run has counted them.</summary>
    Finished,

    /// <summary>Somebody stopped it, or the Broker stops. What it has done stays.</summary>
    Stopped,

    /// <summary>It could not go on; the view says why. What it has done stays.</summary>
    Failed,
}

/// <summary>
/// Which jobs are meant. Every field that is given must hold; with none, all jobs of the namespace that the act is
/// possible for.
/// </summary>
public record BulkFilter
{
    /// <summary>For a replay the state that the jobs ended in; <c>failed</c> when not given.</summary>
    public JobState? State { get; init; }

    public string? Method { get; init; }

    /// <summary>The handler asked for, or that of any attempt.</summary>
    public string? Handler { get; init; }

    public string? Group { get; init; }

    public string? Tag { get; init; }

    /// <summary>Made by this schedule.</summary>
    public string? Schedule { get; init; }

    /// <summary>Only jobs of this batch.</summary>
    public BatchId? Batch { get; init; }

    /// <summary>Enqueued at this instant or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Enqueued before this instant.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Text that stands in the id, method, a tag, or the error's message.</summary>
    [JsonPropertyName("q")]
    public string? Query { get; init; }
}

/// <summary>Asks for an act on every job that matches.</summary>
public sealed record BulkActRequest
{
    public required BulkAction Action { get; init; }

    /// <summary><c>{}</c> means all jobs.</summary>
    public required BulkFilter Filter { get; init; }

    /// <summary>With <c>priority</c>, and only then: −100 to 100.</summary>
    public int? Priority { get; init; }

    /// <summary>
    /// With <c>cancel</c> only: how long a running attempt may take to stop; 0 s to 1 h, 10 s when not given.
    /// </summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>Only counts the jobs that match.</summary>
    public bool DryRun { get; init; }

    /// <summary>
    /// A version 7 UUID of the last day, chosen by the caller, so that asking twice acts once: the Broker answers with
    /// the act of that id if it knows it. After a restart of the Broker the same id goes on with a replay where it was
    /// cut, and makes no job twice. The Broker chooses one when not given.
    /// </summary>
    public Guid? Id { get; init; }
}

/// <summary>A bulk act, and how far it has come.</summary>
public sealed record BulkActView
{
    public required Guid Id { get; init; }

    public required BulkAction Action { get; init; }

    public required BulkFilter Filter { get; init; }

    public required BulkActState State { get; init; }

    public int? Priority { get; init; }

    public bool DryRun { get; init; }

    /// <summary>Jobs that matched; while it looks for them, those found so far.</summary>
    public required long Matched { get; init; }

    /// <summary>Jobs that matched, and whose turn has come.</summary>
    public required long Done { get; init; }

    /// <summary>
    /// Jobs that were changed, or replayed. The others had ended meanwhile, did not match any more, or
    /// were so already.
    /// </summary>
    public required long Changed { get; init; }

    /// <summary>Why it failed; or why the first job was passed over that could not be replayed.</summary>
    public string? Detail { get; init; }

    public required string RequestedBy { get; init; }

    /// <summary>Jobs enqueued later are not touched.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public string? StoppedBy { get; init; }
}

/// <summary>What is to change about a job that waits.</summary>
/// <param name="Priority">−100 to 100.</param>
public sealed record JobPatch(int? Priority = null);
