using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Rest;

/// <summary>What can stand between a job and its end, in the order in which they are passed.</summary>
public enum GateCode
{
    /// <summary>Jobs after which it runs have not ended.</summary>
    After,

    /// <summary>Its <c>runAt</c>, or the end of its backoff, has not come.</summary>
    NotDue,

    /// <summary>Handlers gave it back the last time that it was offered; it is offered again in a moment.</summary>
    Rejected,

    /// <summary>The namespace is being deleted.</summary>
    NamespaceClosed,

    /// <summary>The Broker's disk is so full that nothing is started.</summary>
    DiskFull,

    /// <summary>The Broker runs as many jobs as it may.</summary>
    BrokerFull,

    /// <summary>The namespace runs as many jobs as it may.</summary>
    NamespaceFull,

    /// <summary>Nobody offers the method, nor has done so.</summary>
    NoHandler,

    /// <summary>A connected handler wants to offer the method, and its key does not let it.</summary>
    NotPermitted,

    /// <summary>
    /// Connected handlers offer the method, and none of them is the handler, or in the group, that is asked for.
    /// </summary>
    NoMatch,

    /// <summary>Those that may run it are not connected.</summary>
    Offline,

    /// <summary>Those that may run it take no new work.</summary>
    Draining,

    /// <summary>Those that may run it have not answered the Broker's probe.</summary>
    Unresponsive,

    /// <summary>As many jobs of the method run as may.</summary>
    MethodFull,

    /// <summary>As many attempts of the method have begun in the period as may.</summary>
    MethodRate,

    /// <summary>Other jobs hold its concurrency key.</summary>
    ConcurrencyKey,

    /// <summary>As many attempts with its rate key have begun in the period as may.</summary>
    RateLimit,

    /// <summary>An operator's limit on the handlers that may run it is reached.</summary>
    HandlerLimit,

    /// <summary>Those that may run it have no room.</summary>
    HandlersFull,

    /// <summary>Nothing but jobs that go first.</summary>
    Turn,

    /// <summary>A handler runs it.</summary>
    Running,

    /// <summary>It was cancelled, and its handler is given time to stop.</summary>
    Stopping,
}

/// <summary>Why a job has not ended: the gates that it has passed, and as the last the one that holds it.</summary>
/// <param name="HeldBy">The last of the gates.</param>
public sealed record JobExplanation(JobId Id, JobState State, GateCode HeldBy, IReadOnlyList<GateView> Gates);

/// <param name="Passed">False for the gate that holds.</param>
/// <param name="Sentence">For people. Programs read <paramref name="Gate"/>.</param>
/// <param name="OpensWhen">Which event will open it; not given for a gate that is passed.</param>
/// <param name="OpensAt">When, if that is known.</param>
public sealed record GateView(
    GateCode Gate,
    bool Passed,
    string Sentence,
    string? OpensWhen = null,
    DateTimeOffset? OpensAt = null
);
