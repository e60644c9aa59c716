using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Rest;

/// <summary>The gates that can stand between a job and its end, in the order in which a job passes them.</summary>
public enum GateCode
{
    /// <summary>Jobs that this job runs after have not ended.</summary>
    After,

    /// <summary>The job's <c>runAt</c>, or the end of its backoff, has not come.</summary>
    NotDue,

    /// <summary>Handlers rejected the job the last time that it was offered; it is offered again in a moment.</summary>
    Rejected,

    /// <summary>The namespace is being deleted.</summary>
    NamespaceClosed,

    /// <summary>The Broker's disk is so full that no job is started.</summary>
    DiskFull,

    /// <summary>The Broker runs as many jobs as it may.</summary>
    BrokerFull,

    /// <summary>The namespace runs as many jobs as it may.</summary>
    NamespaceFull,

    /// <summary>Somebody has paused the method.</summary>
    MethodPaused,

    /// <summary>No handler offers the method, nor has one done so.</summary>
    NoHandler,

    /// <summary>A connected handler wants to offer the method, and its key does not let it.</summary>
    NotPermitted,

    /// <summary>
    /// Connected handlers offer the method, and none of them is the handler, or in the group, that the job asks for.
    /// </summary>
    NoMatch,

    /// <summary>The handlers that may run the job are not connected.</summary>
    Offline,

    /// <summary>The handlers that may run the job take no new work.</summary>
    Draining,

    /// <summary>The handlers that may run the job have not answered the Broker's probe.</summary>
    Unresponsive,

    /// <summary>As many jobs of the method run as may run at once.</summary>
    MethodFull,

    /// <summary>As many attempts of the method have begun in the period as may begin.</summary>
    MethodRate,

    /// <summary>Other jobs occupy the job's concurrency key.</summary>
    ConcurrencyKey,

    /// <summary>As many attempts with the job's rate key have begun in the period as may begin.</summary>
    RateLimit,

    /// <summary>The handlers that may run the job have reached a limit that an operator set.</summary>
    HandlerLimit,

    /// <summary>The handlers that may run the job have no room.</summary>
    HandlersFull,

    /// <summary>Only jobs that go first stand between the job and a handler.</summary>
    Turn,

    /// <summary>A handler runs the job.</summary>
    Running,

    /// <summary>The job was cancelled, and its handler is given time to stop.</summary>
    Stopping,
}

/// <summary>
/// The explanation of why a job has not ended: the gates that the job has passed, and as the last the one that holds
/// it.
/// </summary>
/// <param name="HeldBy">The last of the gates.</param>
public sealed record JobExplanation(JobId Id, JobState State, GateCode HeldBy, IReadOnlyList<GateView> Gates);

/// <summary>A gate on a job's or schedule's way.</summary>
/// <param name="Passed">Whether the gate is passed; false for the gate that holds.</param>
/// <param name="Sentence">A sentence for people. Programs read <paramref name="Gate"/>.</param>
/// <param name="OpensWhen">The event that will open the gate; not given for a gate that is passed.</param>
/// <param name="OpensAt">The instant at which the gate will open, if that is known.</param>
public sealed record GateView(
    GateCode Gate,
    bool Passed,
    string Sentence,
    string? OpensWhen = null,
    DateTimeOffset? OpensAt = null
);
