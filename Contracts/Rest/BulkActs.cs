using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Rest;

/// <summary>The act on each job that matches.</summary>
public enum BulkAction
{
    /// <summary>The act cancels jobs that have not ended.</summary>
    Cancel,

    /// <summary>The act ends the wait of jobs for their <c>runAt</c> or backoff.</summary>
    Retry,

    /// <summary>The act enqueues jobs that have ended once more, as new jobs.</summary>
    Replay,

    /// <summary>The act gives jobs that wait another priority.</summary>
    Priority,
}

public enum BulkActState
{
    /// <summary>The bulk act searches for the jobs that match.</summary>
    Finding,
    Running,

    /// <summary>The bulk act has acted on every job that matched; a dry run has counted them.</summary>
    Finished,

    /// <summary>Somebody stopped the bulk act, or the Broker stops. What was done stays.</summary>
    Stopped,

    /// <summary>The bulk act could not go on; <c>detail</c> says why. What was done stays.</summary>
    Failed,
}

/// <summary>
/// The filter that selects jobs. A job must fit every field that is given; with none, all jobs of the namespace are
/// selected that the act is possible for.
/// </summary>
public record BulkFilter
{
    /// <summary>
    /// The state that the jobs are in; for a replay the state that they ended in, <c>failed</c> when not given.
    /// </summary>
    public JobState? State { get; init; }

    public string? Method { get; init; }

    /// <summary>The handler that the job asks for, or that ran any of its attempts.</summary>
    public string? Handler { get; init; }

    public string? Group { get; init; }

    public string? Tag { get; init; }

    /// <summary>The name of the schedule that made the job.</summary>
    public string? Schedule { get; init; }

    /// <summary>The batch that the job belongs to.</summary>
    public BatchId? Batch { get; init; }

    /// <summary>The job was enqueued at this instant or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The job was enqueued before this instant.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>A text that stands in the job's id, method, a tag, or the error's message.</summary>
    [JsonPropertyName("q")]
    public string? Query { get; init; }

    /// <summary>A text that stands in the job's params, as written or without JSON's escapes.</summary>
    public string? Params { get; init; }
}

/// <summary>Asks for an act on every job that matches.</summary>
public sealed record BulkActRequest
{
    public required BulkAction Action { get; init; }

    /// <summary>The filter that selects the jobs; <c>{}</c> for all jobs.</summary>
    public required BulkFilter Filter { get; init; }

    /// <summary>The new priority, −100 to 100; with the action <c>priority</c>, and only then.</summary>
    public int? Priority { get; init; }

    /// <summary>
    /// How long a running attempt may take to stop; 0 s to 1 h, 10 s when not given. Only with the action
    /// <c>cancel</c>.
    /// </summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>Whether the act only counts the jobs that match.</summary>
    public bool DryRun { get; init; }

    /// <summary>
    /// The id of the act: a version 7 UUID of the last day, chosen by the caller, so that asking twice acts once. The
    /// Broker answers with the act of that id if it knows the act. After a restart of the Broker the same id continues
    /// a replay where it was cut, and makes no job twice. The Broker chooses an id when none is given.
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

    /// <summary>The number of jobs that matched; during the search, of those found so far.</summary>
    public required long Matched { get; init; }

    /// <summary>The number of jobs that matched and have had their turn.</summary>
    public required long Done { get; init; }

    /// <summary>
    /// The number of jobs that were changed, or replayed. The others had ended meanwhile, did not match any more, or
    /// already were as asked for.
    /// </summary>
    public required long Changed { get; init; }

    /// <summary>Why the act failed; or why the first job was passed over that could not be replayed.</summary>
    public string? Detail { get; init; }

    public required string RequestedBy { get; init; }

    /// <summary>When the act began. Jobs enqueued later are not touched.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public string? StoppedBy { get; init; }
}

/// <summary>The changes to a job that waits. One of them is needed.</summary>
/// <param name="Priority">The new priority, −100 to 100.</param>
public sealed record JobPatch(int? Priority = null)
{
    /// <summary>
    /// The new instant before which the job does not run. Only while no attempt was made; earlier than the job's
    /// <c>startDeadline</c>.
    /// </summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>The new params, checked as those of a new job. Only while no attempt was made.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), JsonConverter(typeof(NullIsAValueConverter))]
    public RawJson Params { get; init; }

    /// <summary>
    /// The <c>version</c> that the job was read at: a job that was changed since is a conflict. Any version when not
    /// given.
    /// </summary>
    public int? IfVersion { get; init; }
}
