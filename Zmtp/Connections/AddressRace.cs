using System.Net;
using System.Net.Sockets;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>
/// Opens TCP connections to a name that may have several addresses (RFC 8305, Happy Eyeballs): IPv6 and IPv4 take
/// turns, the next address is tried when one has failed or has not answered for 250 ms, and the first that answers
/// wins. The name is resolved again for each dial. Safe from any thread.
/// </summary>
/// <param name="resolve">Gives the addresses of a name; null for the system's resolver.</param>
internal sealed class AddressRace(TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    /// <summary>The time after which the next address is tried beside those that have not answered.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    /// <summary>The number of addresses of one name that are tried; a name may have any number.</summary>
    private const int AddressesMax = 16;

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    /// <summary>Connects to the first address that answers.</summary>
    /// <param name="host">A name, or an address.</param>
    /// <exception cref="SocketException">
    /// The name has no address, or no address answers: then the failure is that of the address that was tried first.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(host, cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tries = new List<Task<Socket>>();
        try
        {
            return await RaceAsync(addresses, port, tries, ending.Token);
        }
        finally
        {
            await ending.CancelAsync();
            foreach (var loser in tries)
            {
                _ = DisposeAsync(loser);
            }
        }
    }

    /// <summary>The addresses of a host in the order in which they are tried.</summary>
    /// <exception cref="SocketException">The name has no address.</exception>
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return [literal];
        }

        var all = await _resolve(host, cancellationToken);
        return all.Length > 0 ? InTurn(all) : throw new SocketException((int)SocketError.HostNotFound);
    }

    /// <param name="tries">The connections that are being opened; what is left in it has lost.</param>
    private async Task<Socket> RaceAsync(
        IReadOnlyList<IPAddress> addresses,
        int port,
        List<Task<Socket>> tries,
        CancellationToken cancellationToken
    )
    {
        Exception? failure = null;
        for (var next = 0; next < addresses.Count || tries.Count > 0; )
        {
            if (next < addresses.Count)
            {
                tries.Add(OpenAsync(new IPEndPoint(addresses[next++], port), cancellationToken));
            }

            var first = Task.WhenAny(tries);
            if (next < addresses.Count && !await EndsWithinStepAsync(first))
            {
                continue;
            }

            var ended = await first;
            tries.Remove(ended);
            try
            {
                return await ended;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                failure ??= e;
            }
        }

        throw failure!;
    }

    private async Task<bool> EndsWithinStepAsync(Task first)
    {
        try
        {
            await first.WaitAsync(Step, time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static async Task<Socket> OpenAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task DisposeAsync(Task<Socket> loser)
    {
        try
        {
            (await loser).Dispose();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The connection that nobody needs was not made.
        }
    }

    private static List<IPAddress> InTurn(IPAddress[] all)
    {
        // The system has sorted the addresses by preference (RFC 6724), and the family of the first one begins.
        var firsts = all.Where(address => address.AddressFamily == all[0].AddressFamily).ToList();
        var others = all.Where(address => address.AddressFamily != all[0].AddressFamily).ToList();
        var turns = new List<IPAddress>();
        for (var i = 0; i < Math.Max(firsts.Count, others.Count); i++)
        {
            turns.AddRange(firsts.Skip(i).Take(1));
            turns.AddRange(others.Skip(i).Take(1));
        }

        return [.. turns.Take(AddressesMax)];
    }
}
