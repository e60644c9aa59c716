using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ScheduleZero.Host.Tests.Transport;

/// <summary>
/// A DEALER that speaks ZMTP 3 (the wire protocol of ZeroMQ) without a library: the test decides every byte, and every
/// write to the network.
/// </summary>
internal sealed class RawZmtp : IDisposable
{
    private const byte MoreFlag = 1;
    private const byte LongFlag = 2;
    private const byte CommandFlag = 4;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
    };
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

    /// <param name="endpoint">The address, such as <c>tcp://127.0.0.1:4242</c>.</param>
    public static async Task<RawZmtp> ConnectAsync(string endpoint)
    {
        var peer = new RawZmtp();
        await peer._socket.ConnectAsync(IPAddress.Loopback, new Uri(endpoint).Port);
        return peer;
    }

    /// <summary>The greeting: signature, version, mechanism NULL, no server, and the filler; 64 bytes.</summary>
    public static byte[] Greeting(byte minor = 0) =>
        [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, minor, .. "NULL"u8, .. new byte[16], 0, .. new byte[31]];

    /// <summary>The command READY, which ends the handshake, with the properties of the peer.</summary>
    public static byte[] Ready(params (string Name, byte[] Value)[] properties)
    {
        List<byte> body = [5, .. "READY"u8];
        foreach (var (name, value) in properties)
        {
            body.AddRange([
                (byte)name.Length,
                .. Encoding.ASCII.GetBytes(name),
                .. BigEndian(value.Length, 4),
                .. value,
            ]);
        }

        return Frame([.. body], CommandFlag, isLong: body.Count > 255);
    }

    /// <summary>A message of the handler protocol: routing frames, the empty frame, the header and the body.</summary>
    public static byte[][] Message(string kind, string body, bool isLong = false, params byte[][] route)
    {
        byte[][] frames = [.. route, [], Encoding.ASCII.GetBytes($"SZ1 {kind}"), Encoding.UTF8.GetBytes(body)];
        return
        [
            .. frames.Select(
                (frame, i) => Frame(frame, i < frames.Length - 1 ? MoreFlag : (byte)0, isLong || frame.Length > 255)
            ),
        ];
    }

    public async Task WriteAsync(byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length; )
        {
            sent += await _socket.SendAsync(bytes.AsMemory(sent), _patience.Token);
        }
    }

    /// <summary>Reads the server's greeting and its READY.</summary>
    public async Task ReadHandshakeAsync()
    {
        var greeting = await ReadAsync(64);
        Assert.That((greeting[0], greeting[9] & 1, greeting[10]), Is.EqualTo((0xFF, 1, 3)), "ZMTP 3");
        Assert.That(Encoding.ASCII.GetString(greeting, 12, 4), Is.EqualTo("NULL"));
        var (flags, ready) = await ReadFrameAsync();
        Assert.That(flags & CommandFlag, Is.Not.Zero);
        Assert.That(Encoding.ASCII.GetString(ready, 1, 5), Is.EqualTo("READY"));
    }

    /// <summary>The body of the next message of the kind. Other messages before it are skipped.</summary>
    public async Task<string> HearAsync(string kind)
    {
        while (true)
        {
            var frames = new List<byte[]>();
            byte flags;
            do
            {
                (flags, var payload) = await ReadFrameAsync();
                frames.Add(payload);
            } while ((flags & MoreFlag) != 0);

            if (frames is [[], var header, var body] && Encoding.ASCII.GetString(header) == $"SZ1 {kind}")
            {
                return Encoding.UTF8.GetString(body);
            }
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _patience.Dispose();
    }

    private static byte[] Frame(byte[] payload, byte flags, bool isLong) =>
        isLong
            ? [(byte)(flags | LongFlag), .. BigEndian(payload.Length, 8), .. payload]
            : [flags, (byte)payload.Length, .. payload];

    private static byte[] BigEndian(int value, int bytes) =>
        [.. Enumerable.Range(0, bytes).Select(i => i >= bytes - 4 ? (byte)(value >> (8 * (bytes - 1 - i))) : (byte)0)];

    private async Task<(byte Flags, byte[] Payload)> ReadFrameAsync()
    {
        var flags = (await ReadAsync(1))[0];
        var size =
            (flags & LongFlag) == 0
                ? (await ReadAsync(1))[0]
                : (await ReadAsync(8)).Aggregate(0, (sum, next) => (sum << 8) | next);
        return (flags, await ReadAsync(size));
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count; )
        {
            var got = await _socket.ReceiveAsync(bytes.AsMemory(read), _patience.Token);
            Assert.That(got, Is.GreaterThan(0), "the ROUTER closed the connection");
            read += got;
        }

        return bytes;
    }
}
