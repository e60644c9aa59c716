using System.Net;
using System.Net.Sockets;

namespace ScheduleZero.Processes;

/// <summary>
/// Finds ports for servers that are killed and come back on the same port. The ports lie below the range that the
/// system gives to outgoing connections. Otherwise a client that dials the port of a dead server could get that very
/// port for its own end, and connect to itself.
/// </summary>
internal static class FreePorts
{
    private const int First = 20_000;
    private const int Count = 12_000;

    private static int _next = Environment.ProcessId * 97;

    public static int Take()
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another program has this port; the next one is tried.
            }
        }

        throw new InvalidOperationException("No port is free.");
    }
}
