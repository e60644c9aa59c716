using System.Net;
using System.Net.Sockets;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Curve;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Tests;

/// <summary>Two sockets that are connected over loopback, and handshakes over them.</summary>
internal static class Sides
{
    public static readonly ZmtpOptions Router = new(
        "ROUTER",
        ["DEALER", "ROUTER"],
        new ZmtpLimits(),
        TimeProvider.System
    );
    public static readonly ZmtpOptions Dealer = new(
        "DEALER",
        ["ROUTER", "DEALER"],
        new ZmtpLimits(),
        TimeProvider.System
    );
    public static readonly ZmtpSecurity Plaintext = new ZmtpSecurity.Plaintext();

    public static ByteBudget Budget() => new(64 * 1024 * 1024);

    public static async Task<(Socket Server, Socket Client)> ConnectAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        return (await listener.AcceptAsync(), client);
    }

    public static Task<ZmtpConnection> ServeAsync(
        this Socket socket,
        ZmtpSecurity security,
        ZmtpOptions? options = null,
        ByteBudget? budget = null
    ) => ZmtpHandshake.RunAsync(socket, security, options ?? Router, budget ?? Budget(), CancellationToken.None);

    public static Task<ZmtpConnection> DialAsync(
        this Socket socket,
        ZmtpSecurity security,
        ZmtpOptions? options = null
    ) => ZmtpHandshake.RunAsync(socket, security, options ?? Dealer, Budget(), CancellationToken.None);

    /// <summary>Connects two sides, both with CURVE or both without.</summary>
    public static async Task<(ZmtpConnection Server, ZmtpConnection Client)> ShakeAsync(
        bool withCurve,
        ZmtpOptions? router = null,
        ZmtpOptions? dealer = null,
        ByteBudget? budget = null
    )
    {
        var (server, client) = await ConnectAsync();
        var (serverKey, clientKey) = (CurveKeyPair.Generate(), CurveKeyPair.Generate());
        var serving = server.ServeAsync(withCurve ? ServerOf(serverKey) : Plaintext, router, budget);
        var dialling = client.DialAsync(
            withCurve ? new ZmtpSecurity.CurveClient(clientKey, serverKey.Public) : Plaintext,
            dealer
        );
        return (await serving, await dialling);
    }

    public static ZmtpSecurity.CurveServer ServerOf(CurveKeyPair key, Func<CurvePublicKey, bool>? isAllowed = null) =>
        new(() => [key], isAllowed ?? (_ => true));

    public static ZmtpMessage Message(params byte[][] frames) =>
        new([.. frames.Select(frame => (ReadOnlyMemory<byte>)frame)]);

    public static byte[][] Frames(this ZmtpMessage message) => [.. message.Frames.Select(frame => frame.ToArray())];

    /// <summary>Reads until the peer closes the connection.</summary>
    public static async Task<byte[]> ReadToEndAsync(this Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[4096];
        try
        {
            for (int read; (read = await socket.ReceiveAsync(buffer)) > 0; )
            {
                await all.WriteAsync(buffer.AsMemory(0, read));
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset)
        {
            // An end as good as any: the peer closed while bytes of ours were on their way.
        }

        return all.ToArray();
    }

    public static async Task<ZmtpFailure> FailureOf(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (ZmtpException e)
        {
            return e.Failure;
        }

        throw new AssertionException("Nothing failed.");
    }
}
