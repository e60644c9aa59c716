using System.Net;
using System.Net.Sockets;
using ScheduleZero.Network.Tests.Processes;

namespace ScheduleZero.Network.Tests.Topology;

/// <summary>A Linux network namespace, with its own interfaces, routes and firewall. Disposing removes it.</summary>
internal sealed class NetworkNamespace : IAsyncDisposable
{
    private const string Prefix = "szt";

    private static int _lastNumber;

    private NetworkNamespace(string name) => Name = name;

    public string Name { get; }

    public static async Task<NetworkNamespace> CreateAsync(string place, CancellationToken cancellationToken)
    {
        var network = new NetworkNamespace(
            $"{Prefix}-{Environment.ProcessId}-{Interlocked.Increment(ref _lastNumber)}-{place}"
        );
        await Command.RunAsync(["ip", "netns", "add", network.Name], cancellationToken);
        await Command.RunAsync(["ip", "-n", network.Name, "link", "set", "lo", "up"], cancellationToken);
        return network;
    }

    /// <summary>Removes namespaces that killed test runs have left behind.</summary>
    public static async Task RemoveAbandonedAsync(CancellationToken cancellationToken)
    {
        var listed = await Command.RunAsync(["ip", "netns", "list"], cancellationToken);
        var abandoned = listed
            .Split('\n')
            .Select(line => line.Split(' ')[0])
            .Where(name => name.Split('-') is [Prefix, var owner, ..] && !Directory.Exists($"/proc/{owner}"));
        foreach (var name in abandoned)
        {
            await Command.RunAsync(["ip", "netns", "delete", name], cancellationToken);
        }
    }

    /// <summary>
    /// Connects this namespace with another one. Addresses are written <c>10.0.0.1/24</c>; each interface is named
    /// after the other end.
    /// </summary>
    public async Task CableAsync(
        string toThere,
        string address,
        NetworkNamespace there,
        string toHere,
        string addressThere,
        CancellationToken cancellationToken
    )
    {
        await Command.RunAsync(
            ["ip", "-n", Name, "link", "add", toThere, "type", "veth", "peer", "name", toHere, "netns", there.Name],
            cancellationToken
        );
        await UpAsync(toThere, address, cancellationToken);
        await there.UpAsync(toHere, addressThere, cancellationToken);
    }

    /// <summary>Runs <c>ip</c> in this namespace.</summary>
    public Task IpAsync(string words, CancellationToken cancellationToken) =>
        Command.RunAsync(["ip", "-n", Name, .. words.Split(' ')], cancellationToken);

    /// <summary>Runs a program in this namespace.</summary>
    public Task<string> RunAsync(IReadOnlyList<string> words, CancellationToken cancellationToken) =>
        Command.RunAsync(["ip", "netns", "exec", Name, .. words], cancellationToken);

    /// <summary>Adds nftables rules.</summary>
    public Task LoadFirewallAsync(string rules, CancellationToken cancellationToken) =>
        Command.RunAsync(["ip", "netns", "exec", Name, "nft", "-f", "-"], rules, cancellationToken);

    /// <summary>Sets a kernel switch such as <c>net/ipv4/ip_forward</c>.</summary>
    public Task SwitchAsync(string name, int value, CancellationToken cancellationToken) =>
        RunAsync(["sh", "-c", $"echo {value} > /proc/sys/{name}"], cancellationToken);

    /// <summary>Opens a TCP socket that belongs to this namespace.</summary>
    public Socket OpenSocket()
    {
        using var handle = File.OpenHandle(
            $"/run/netns/{Name}",
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete
        );
        Socket? socket = null;
        // The thread ends afterwards, since it cannot go back to its former namespace.
        var thread = new Thread(() =>
        {
            Native.EnterNetwork(handle);
            socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        });
        thread.Start();
        return thread.Join(TimeSpan.FromSeconds(20))
            ? socket!
            : throw new TimeoutException($"Namespace {Name} was not entered.");
    }

    /// <summary>Whether an endpoint answers within the time.</summary>
    public async Task<bool> CanReachAsync(IPEndPoint there, TimeSpan within, CancellationToken cancellationToken)
    {
        using var socket = OpenSocket();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(within);
        try
        {
            await socket.ConnectAsync(there, timeout.Token);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync() =>
        await Command.RunAsync(["ip", "netns", "delete", Name], CancellationToken.None);

    private async Task UpAsync(string device, string address, CancellationToken cancellationToken)
    {
        await IpAsync($"address add {address} dev {device}", cancellationToken);
        await IpAsync($"link set {device} up", cancellationToken);
    }
}
