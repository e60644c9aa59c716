using System.Net;

namespace ScheduleZero.Network.Tests.Topology;

/// <summary>How a link is cut.</summary>
public enum Cut
{
    /// <summary>Packets vanish. Both ends have to notice by themselves.</summary>
    PacketsVanish,

    /// <summary>The interface is down.</summary>
    LinkDown,
}

/// <summary>
/// <c>inside ── dmz ── router ── office</c>. The router masquerades the office and lets nothing in that the office did
/// not ask for. It drops packets of connections that it does not know, so a connection whose NAT state is lost never
/// works again.
/// </summary>
internal sealed class OfficeNetwork : IAsyncDisposable
{
    public static readonly IPAddress InsideAddress = IPAddress.Parse("10.1.0.1");
    public static readonly IPAddress DmzAddressInside = IPAddress.Parse("10.1.0.2");
    public static readonly IPAddress DmzAddress = IPAddress.Parse("10.2.0.2");
    public static readonly IPAddress RouterAddress = IPAddress.Parse("10.2.0.1");
    public static readonly IPAddress OfficeAddress = IPAddress.Parse("192.168.7.2");

    private const string RouterRules = """
        table ip nat {
          chain out { type nat hook postrouting priority 100; oifname "dmz" masquerade; }
        }
        table ip filter {
          chain input { type filter hook input priority 0; policy drop; ct state established accept; iifname { "lo", "office" } accept; }
          chain forward { type filter hook forward priority 0; policy drop; ct state established accept; iifname "office" ct state new accept; }
        }
        """;

    private const string CutRules = """
        table ip cut {
          chain forward { type filter hook forward priority -1; policy drop; }
        }
        """;

    private readonly List<NetworkNamespace> _networks = [];

    public NetworkNamespace Inside { get; private set; } = null!;

    public NetworkNamespace Dmz { get; private set; } = null!;

    public NetworkNamespace Router { get; private set; } = null!;

    public NetworkNamespace Office { get; private set; } = null!;

    /// <param name="openPorts">TCP ports of <see cref="Inside"/> that <see cref="Dmz"/> may dial; with none,
    /// <see cref="Inside"/> is closed to everything inbound.</param>
    public static async Task<OfficeNetwork> BuildAsync(
        IReadOnlyList<int> openPorts,
        CancellationToken cancellationToken
    )
    {
        var network = new OfficeNetwork();
        try
        {
            await network.LayAsync(openPorts, cancellationToken);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops all traffic between the office and the rest of the network.</summary>
    public Task CutAsync(Cut cut, CancellationToken cancellationToken) =>
        cut == Cut.LinkDown
            ? Router.IpAsync("link set office down", cancellationToken)
            : Router.LoadFirewallAsync(CutRules, cancellationToken);

    public Task MendAsync(Cut cut, CancellationToken cancellationToken) =>
        cut == Cut.LinkDown
            ? Router.IpAsync("link set office up", cancellationToken)
            : Router.RunAsync(["nft", "delete", "table", "ip", "cut"], cancellationToken);

    /// <summary>Makes the router forget every connection, like a router that restarts.</summary>
    public Task FlushNatAsync(CancellationToken cancellationToken) =>
        Router.RunAsync(["conntrack", "-F"], cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var network in _networks)
        {
            await network.DisposeAsync();
        }
    }

    private async Task LayAsync(IReadOnlyList<int> openPorts, CancellationToken cancellationToken)
    {
        Inside = await AddAsync("inside", cancellationToken);
        Dmz = await AddAsync("dmz", cancellationToken);
        Router = await AddAsync("router", cancellationToken);
        Office = await AddAsync("office", cancellationToken);
        await Inside.CableAsync(
            "dmz",
            $"{InsideAddress}/24",
            Dmz,
            "inside",
            $"{DmzAddressInside}/24",
            cancellationToken
        );
        await Dmz.CableAsync("router", $"{DmzAddress}/24", Router, "dmz", $"{RouterAddress}/24", cancellationToken);
        await Router.CableAsync("office", "192.168.7.1/24", Office, "router", $"{OfficeAddress}/24", cancellationToken);
        await Office.IpAsync("route add default via 192.168.7.1", cancellationToken);
        // The DMZ knows the route to the office; only the router keeps its traffic out.
        await Dmz.IpAsync($"route add 192.168.7.0/24 via {RouterAddress}", cancellationToken);

        await Router.LoadFirewallAsync(RouterRules, cancellationToken);
        await Router.SwitchAsync("net/ipv4/ip_forward", 1, cancellationToken);
        await Router.SwitchAsync("net/netfilter/nf_conntrack_tcp_loose", 0, cancellationToken);
        var open = string.Concat(openPorts.Select(port => $"tcp dport {port} accept; "));
        await Inside.LoadFirewallAsync(
            $$"""
            table ip filter {
              chain input { type filter hook input priority 0; policy drop; iifname "lo" accept; ct state established accept; {{open}} }
            }
            """,
            cancellationToken
        );
    }

    private async Task<NetworkNamespace> AddAsync(string place, CancellationToken cancellationToken)
    {
        var network = await NetworkNamespace.CreateAsync(place, cancellationToken);
        _networks.Add(network);
        return network;
    }
}
