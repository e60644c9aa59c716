using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Core;

/// <summary>The times and limits that Core's decisions go by.</summary>
public sealed record CoreOptions
{
    /// <summary>
    /// How long an attempt may assume that nobody else runs its job, counted from its session's last heartbeat. A lease
    /// lasts at least three heartbeats.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often a handler is to send a heartbeat. When a connection is cut just before a heartbeat, the lease is
    /// shorter by this time, so it should be at most a sixth of the lease.
    /// </summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a session is sent a probe, which the handler's own loop has to answer.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a probe may stay unanswered before the session gets no new work.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// After how many probes in a row without an answer in time a session without open attempts loses its connection.
    /// The handler then connects anew.
    /// </summary>
    public int UnansweredProbesMax { get; init; } = 3;

    /// <summary>How long a cancelled attempt may take to stop.</summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>An occurrence served within this time of its nominal instant is not a misfire.</summary>
    public TimeSpan MisfireThreshold { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long Core must not have been called for the leases to be extended by the gap: the Broker slept then, and not
    /// the handlers.
    /// </summary>
    public TimeSpan SleepThreshold { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// By how much more, or less, the wall clock must have moved than time has passed for an event to say that the
    /// clock was set.
    /// </summary>
    public TimeSpan ClockLeapThreshold { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many jobs of all namespaces together may wait; further ones are refused. Null for no limit.
    /// </summary>
    public int? WaitingJobsMax { get; init; }

    /// <summary>How many jobs of all namespaces together may run at once; the others wait. Null for no limit.</summary>
    public int? RunningJobsMax { get; init; }

    /// <summary>
    /// How many bytes the jobs of a namespace without such a limit of its own may take on disk, with params, results
    /// and logs. Null for no limit.
    /// </summary>
    public long? NamespaceBytesMax { get; init; } = NamespaceBytesMaxDefault;

    /// <summary>The default of <see cref="NamespaceBytesMax"/>, which is 10 GiB.</summary>
    public const long NamespaceBytesMaxDefault = 10L * 1024 * 1024 * 1024;

    public int ParamsBytesMax { get; init; } = Contracts.Limits.ParamsBytesMaxDefault;

    public int ResultBytesMax { get; init; } = Contracts.Limits.ResultBytesMaxDefault;

    /// <summary>
    /// The public half of the Broker's signing key, which enrolled handlers learn; null where the Broker has none.
    /// </summary>
    public AuditKey? BrokerKey { get; init; }
}
