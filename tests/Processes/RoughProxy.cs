using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ScheduleZero.Processes;

/// <summary>
/// A TCP proxy that behaves like a bad network: each chunk is delayed by a random time; connections overtake each
/// other, stall unnoticed, and are reset.
/// </summary>
public sealed class RoughProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Pair, byte> _pairs = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly int _seed;
    private readonly Task _accepting;
    private volatile TaskCompletionSource? _stall;
    private int _connections;

    public RoughProxy(int target, int seed, TimeSpan delayMax)
    {
        (_target, _seed, DelayMax) = (target, seed, delayMax);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>The longest delay of a chunk.</summary>
    public TimeSpan DelayMax { get; }

    /// <summary>The number of connections so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Resets every open connection. New connections are let through.</summary>
    public void Cut()
    {
        foreach (var pair in _pairs.Keys)
        {
            pair.Reset();
        }
    }

    /// <summary>Lets nothing through for a while, without telling either end. What waited is sent afterwards.</summary>
    public async Task StallAsync(TimeSpan time)
    {
        var stall = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _stall = stall;
        await Task.Delay(time);
        _stall = null;
        stall.SetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var near = await _listener.AcceptSocketAsync(_stop.Token);
                _ = CarryAsync(near, new Random(_seed + Interlocked.Increment(ref _connections)));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // The proxy stops, or a client left before it was accepted.
            }
        }
    }

    private async Task CarryAsync(Socket near, Random chance)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using (near)
        {
            var pair = new Pair(near, far);
            try
            {
                near.NoDelay = far.NoDelay = true;
                await far.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                _pairs.TryAdd(pair, 0);
                await Task.WhenAny(PumpAsync(near, far, chance.Next()), PumpAsync(far, near, chance.Next()));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // No server listens behind the proxy at the moment.
            }
            finally
            {
                _pairs.TryRemove(pair, out _);
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, int seed)
    {
        var chance = new Random(seed);
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer, _stop.Token)) > 0)
            {
                await Task.Delay(chance.NextDouble() * DelayMax, _stop.Token);
                if (_stall is { } stall)
                {
                    await stall.Task.WaitAsync(_stop.Token);
                }

                for (var sent = 0; sent < read; )
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One end is gone; the other end is closed too.
        }
    }

    private sealed record Pair(Socket Near, Socket Far)
    {
        public void Reset()
        {
            foreach (var socket in (Socket[])[Near, Far])
            {
                try
                {
                    socket.LingerState = new LingerOption(true, 0);
                    socket.Close();
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    // The end closed the connection at the same time.
                }
            }
        }
    }
}
