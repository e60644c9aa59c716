using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ScheduleZero.Bridge.Tests.Peers;

/// <summary>A WebSocket (RFC 6455) whose frames, and whose writes to the network, are the test's own.</summary>
internal sealed class RawWebSocket : IDisposable
{
    public const byte Continuation = 0;
    public const byte Text = 1;
    public const byte Binary = 2;
    public const byte End = 8;
    public const byte Ping = 9;
    public const byte Pong = 10;

    private static readonly byte[] Mask = [0x12, 0x34, 0x56, 0x78];

    private readonly Socket _socket;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

    private RawWebSocket(Socket socket) => _socket = socket;

    public static async Task<RawWebSocket> OpenAsync(RunningBridge bridge, string key)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var opened = new RawWebSocket(socket);
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(bridge.Urls[0]).Port);
        await opened.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"GET {BridgeServer.HubPath} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                    + $"{key}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
        );
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            head.Append((char)(await opened.ReadAsync(1))[0]);
        }

        Assert.That(head.ToString(), Does.StartWith("HTTP/1.1 101"));
        return opened;
    }

    /// <summary>One frame as a client sends it.</summary>
    public static byte[] Frame(byte opcode, ReadOnlySpan<byte> payload, bool isLast = true, byte[]? mask = null)
    {
        var key = mask ?? Mask;
        List<byte> frame = [(byte)(opcode | (isLast ? 0x80 : 0))];
        switch (payload.Length)
        {
            case < 126:
                frame.Add((byte)(0x80 | payload.Length));
                break;
            case <= ushort.MaxValue:
                frame.AddRange([0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length]);
                break;
            default:
                frame.AddRange([
                    0x80 | 127,
                    0,
                    0,
                    0,
                    0,
                    (byte)(payload.Length >> 24),
                    (byte)(payload.Length >> 16),
                    (byte)(payload.Length >> 8),
                    (byte)payload.Length,
                ]);
                break;
        }

        frame.AddRange(key);
        for (var i = 0; i < payload.Length; i++)
        {
            frame.Add((byte)(payload[i] ^ key[i % 4]));
        }

        return [.. frame];
    }

    public async Task WriteAsync(byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length; )
        {
            sent += await _socket.SendAsync(bytes.AsMemory(sent), _patience.Token);
        }
    }

    /// <summary>The next frame of the server; what it says by itself to keep the line alive included.</summary>
    public async Task<(byte Opcode, byte[] Payload)> ReadFrameAsync()
    {
        var head = await ReadAsync(2);
        Assert.That(head[1] & 0x80, Is.Zero, "a server does not mask");
        var length = (head[1] & 0x7F) switch
        {
            126 => await ReadAsync(2) is var two ? (two[0] << 8) | two[1] : 0,
            127 => await ReadAsync(8) is var eight
                ? (eight[4] << 24) | (eight[5] << 16) | (eight[6] << 8) | eight[7]
                : 0,
            var small => small,
        };
        return ((byte)(head[0] & 0x0F), await ReadAsync(length));
    }

    public void Dispose()
    {
        _socket.Dispose();
        _patience.Dispose();
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count; )
        {
            var got = await _socket.ReceiveAsync(bytes.AsMemory(read), _patience.Token);
            Assert.That(got, Is.GreaterThan(0), "the server closed the connection");
            read += got;
        }

        return bytes;
    }
}
