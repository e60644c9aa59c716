using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Broker.Host.Throttling;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>The settings of the REST surface, and the functions of the Broker that it calls.</summary>
internal sealed class BrokerApiOptions
{
    /// <summary>The most bytes of one job's params, serialised.</summary>
    public int ParamsBytesMax { get; init; } = Limits.ParamsBytesMaxDefault;

    public RequestLimitOptions RequestLimits { get; init; } = new();

    public LargeBodyOptions LargeBodies { get; init; } = new();

    public SignInOptions SignIn { get; init; } = new();

    /// <summary>How many connections one address may have at once.</summary>
    public int ConnectionsPerAddress { get; init; } = Limits.ConnectionsPerAddressDefault;

    /// <summary>How long a connection may stay open before its first byte comes.</summary>
    public TimeSpan FirstByteMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The addresses of proxies that are believed about where a request comes from, as ranges.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>The addresses that may connect, as ranges; when the list is empty all may.</summary>
    public IReadOnlyList<string> AllowFrom { get; init; } = [];

    /// <summary>The origins whose pages may call REST from a browser.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>The path that a proxy adds before all addresses; empty for none.</summary>
    public string PathBase { get; init; } = "";

    /// <summary>
    /// When the Broker started. Ids of events contain it, so that those of two starts differ.
    /// </summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>
    /// Adds to statistics what Core does not know: Version, StartedAt, Bridges, Commits, and the disk.
    /// </summary>
    public required Func<BrokerStats, BrokerStats> CompleteStats { get; init; }

    /// <summary>Reads the links with Bridges and proxies.</summary>
    public Func<IReadOnlyList<LinkView>> Links { get; init; } = static () => [];

    /// <summary>The settings in force, which do not change while the Broker runs.</summary>
    public IReadOnlyList<SettingView> Settings { get; init; } = [];

    /// <summary>How long finished jobs and events of the audit log are stored.</summary>
    public required NamespaceRetention Retention { get; init; }

    /// <summary>Whether every CURVE key may connect to the ROUTER, so that allowing or revoking one has no effect.
    /// </summary>
    public bool AdmitsAnyCurveKey { get; init; }

    /// <summary>Whether the file of <c>--curve-allow</c> has the CURVE key with this id.</summary>
    public Func<string, bool> ListsCurveKey { get; init; } = static _ => false;

    /// <summary>Whether the disk of the store has room for new work.</summary>
    public Func<DiskState> Disk { get; init; } = static () => DiskState.Enough;

    /// <summary>Whether the state is loaded and the loop accepts inputs.</summary>
    public required Func<bool> IsReady { get; init; }
}
