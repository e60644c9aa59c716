using ScheduleZero.Broker.Host.Api.Requests;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>What the REST surface needs to know of the Broker around it.</summary>
internal sealed class BrokerApiOptions
{
    /// <summary>Of one job's serialised params.</summary>
    public int ParamsBytesMax { get; init; } = Limits.ParamsBytesMaxDefault;

    /// <summary>Of a key or user that says nothing else.</summary>
    public int RequestsPerMinute { get; init; } = Limits.RequestsPerMinuteDefault;

    /// <summary>Of an address that shows no valid credential.</summary>
    public int AnonymousRequestsPerMinute { get; init; } = Limits.AnonymousRequestsPerMinuteDefault;

    /// <summary>That one address holds at once.</summary>
    public int ConnectionsPerAddress { get; init; } = Limits.ConnectionsPerAddressDefault;

    /// <summary>From the opening of a connection to its first byte.</summary>
    public TimeSpan FirstByteMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Health checks of an address, whoever it says that it is.</summary>
    public int HealthRequestsPerMinute { get; init; } = Limits.HealthRequestsPerMinuteDefault;

    /// <summary>Of large bodies that are read and handled at once.</summary>
    public long LargeBodiesBytesMax { get; init; } = LargeBodies.BytesMaxDefault;

    /// <summary>
    /// Bytes of large bodies a second that one caller may send, as a mean; one of the largest at once is always taken.
    /// </summary>
    public long LargeBodiesBytesPerSecond { get; init; } = LargeBodies.BytesPerSecondDefault;

    /// <summary>Ranges of addresses.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>Ranges of addresses; none: all may connect.</summary>
    public IReadOnlyList<string> AllowFrom { get; init; } = [];

    /// <summary>Whose pages may call.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>How long a user's session lasts, however often it is refreshed.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// When this start of the Broker was; also tells the event ids of one start from those of another.
    /// </summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Fills in what Core does not know: Version, StartedAt, Bridges, Commits, and the disk.</summary>
    public required Func<BrokerStats, BrokerStats> CompleteStats { get; init; }

    /// <summary>Whether the disk of the store has room for new work.</summary>
    public Func<DiskState> Disk { get; init; } = static () => DiskState.Enough;

    /// <summary>Whether the state is loaded and the loop takes inputs.</summary>
    public required Func<bool> IsReady { get; init; }
}
