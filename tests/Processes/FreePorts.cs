using System.Net;
using System.Net.Sockets;

namespace ScheduleZero.Processes;

/// <summary>
/// Ports for servers that are killed and come back on the same one. They lie below those that the system gives to
/// outgoing connections: a client that dials a dead server's port from that range can be given the very port, and then
/// connects to itself.
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
                // Somebody's; the next one.
            }
        }

        throw new InvalidOperationException("No port is free.");
    }
}
