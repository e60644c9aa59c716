namespace ScheduleZero.Broker.Core;

/// <summary>Times and bounds of the Core's decisions.</summary>
public sealed record CoreOptions
{
    /// <summary>
    /// How long an attempt may assume that nobody else runs its job, counted from its session's last heartbeat. At
    /// least three heartbeats.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What it takes from the lease is missing when a link is cut just before the next one: keep it to a sixth.
    /// </summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a session's own loop is asked for a sign of life.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A probe not answered by then takes the session out of service.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a cancelled attempt may take to stop.</summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>An occurrence served within this time of its nominal instant is not a misfire.</summary>
    public TimeSpan MisfireThreshold { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A step that comes this long after the one before finds the leases extended by the gap: the Broker slept, not the
    /// handlers.
    /// </summary>
    public TimeSpan SleepThreshold { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A wall clock that has moved so much more, or less, than time has passed was set: it is said in the log.
    /// </summary>
    public TimeSpan ClockLeapThreshold { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Jobs of all namespaces that have not ended and do not run; one more is refused. Null: as many as memory holds.
    /// </summary>
    public int? WaitingJobsMax { get; init; }

    /// <summary>Jobs of all namespaces that run at once; the others wait. Null: as many as handlers take.</summary>
    public int? RunningJobsMax { get; init; }

    /// <summary>
    /// Bytes that the jobs of a namespace may take on disk, with params, results and logs, where its own limits say
    /// nothing of it. Null: no bound.
    /// </summary>
    public long? NamespaceBytesMax { get; init; } = NamespaceBytesMaxDefault;

    /// <summary>10 GiB.</summary>
    public const long NamespaceBytesMaxDefault = 10L * 1024 * 1024 * 1024;

    public int ParamsBytesMax { get; init; } = Contracts.Limits.ParamsBytesMaxDefault;

    public int ResultBytesMax { get; init; } = Contracts.Limits.ResultBytesMaxDefault;
}
