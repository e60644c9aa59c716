using System.Net.Sockets;
using System.Text;
using ScheduleZero.Zmtp.Curve;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>
/// The handshake of one connection: greetings, then the steps of the mechanism (RFC 23, 26). Nothing of the caller's
/// goes out, and nothing of the peer's comes in, before it has ended well.
/// </summary>
internal sealed class ZmtpHandshake
{
    /// <summary>The most bytes of one step. The longest is INITIATE with its metadata.</summary>
    private const int StepBytesMax = 8 * 1024;

    private readonly NetworkStream _stream;
    private readonly FrameReader _reader;
    private readonly ZmtpOptions _options;
    private readonly byte[] _metadata;

    private ZmtpHandshake(NetworkStream stream, FrameReader reader, ZmtpOptions options)
    {
        _stream = stream;
        _reader = reader;
        _options = options;
        _metadata = Metadata.Write(options.SocketType);
    }

    /// <summary>Makes a connection of a socket that is connected. The connection owns the socket from now on.</summary>
    /// <param name="budget">The bytes that large messages may take while they come in.</param>
    /// <exception cref="ZmtpException">The handshake failed. The socket is closed.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up. The socket is closed.</exception>
    public static async Task<ZmtpConnection> RunAsync(
        Socket socket,
        ZmtpSecurity security,
        ZmtpOptions options,
        ByteBudget budget,
        CancellationToken cancellationToken
    )
    {
        socket.NoDelay = true;
        var stream = new NetworkStream(socket, ownsSocket: true);
        var reader = new FrameReader(stream, budget) { FrameBytesMax = StepBytesMax };
        using var deadline = new CancellationTokenSource(options.Limits.HandshakeMax, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var admission = await new ZmtpHandshake(stream, reader, options).ShakeAsync(security, either.Token);
            return new ZmtpConnection(socket, stream, reader, admission, options, budget);
        }
        catch (Exception e)
        {
            reader.Dispose();
            await stream.DisposeAsync();
            switch (e)
            {
                case OperationCanceledException when !cancellationToken.IsCancellationRequested:
                    throw new ZmtpException(
                        ZmtpFailure.Silent,
                        $"The handshake did not end within {options.Limits.HandshakeMax.TotalSeconds:0} s.",
                        e
                    );
                case IOException or SocketException:
                    throw new ZmtpException(ZmtpFailure.Closed, "The connection ended during the handshake.", e);
                default:
                    throw;
            }
        }
    }

    private async Task<Admission> ShakeAsync(ZmtpSecurity security, CancellationToken cancellationToken)
    {
        var mechanism = security is ZmtpSecurity.Plaintext ? Mechanism.Null : Mechanism.Curve;
        var isServer = security is ZmtpSecurity.CurveServer;
        await _stream.WriteAsync(Greeting.Write(mechanism, isServer), cancellationToken);
        var greeted = await _reader.ReadExactlyAsync(
            Greeting.Bytes,
            greeting =>
            {
                if (Greeting.Judge(greeting.Span, mechanism, isServer) is { } refusal)
                {
                    throw refusal;
                }
            },
            cancellationToken
        );
        if (!greeted)
        {
            throw new ZmtpException(ZmtpFailure.Closed, "The peer closed the connection before it had greeted.");
        }

        return security switch
        {
            ZmtpSecurity.Plaintext => await ShakePlaintextAsync(cancellationToken),
            ZmtpSecurity.CurveServer server => await ServeCurveAsync(server, cancellationToken),
            ZmtpSecurity.CurveClient client => await ProveCurveAsync(client, cancellationToken),
            _ => throw new InvalidOperationException($"{security} has no handshake."),
        };
    }

    private async Task<Admission> ShakePlaintextAsync(CancellationToken cancellationToken)
    {
        await WriteAsync([.. "\u0005READY"u8, .. _metadata], cancellationToken);
        var step = await ReadAsync(ZmtpFailure.Closed, "The peer closed the connection.", cancellationToken);
        if (!step.AsSpan().StartsWith("\u0005READY"u8))
        {
            throw RefusalIn(step) ?? Broken("READY");
        }

        return await AdmitAsync(step.AsMemory(6), null, null, cancellationToken);
    }

    private async Task<Admission> ServeCurveAsync(
        ZmtpSecurity.CurveServer security,
        CancellationToken cancellationToken
    )
    {
        var hello = await ReadAsync(ZmtpFailure.Closed, "The client closed the connection.", cancellationToken);
        var (handshake, welcome) = Welcome(security, hello);
        using (handshake)
        {
            await WriteAsync(welcome, cancellationToken);
            var step = await ReadAsync(
                ZmtpFailure.Closed,
                "The client closed the connection after WELCOME.",
                cancellationToken
            );
            if (!handshake.TryTakeInitiate(step, out var client, out var metadata))
            {
                throw Broken("INITIATE");
            }

            if (!security.IsAllowed(client))
            {
                // 400 is what libzmq's clients know as a refusal for good.
                await WriteAsync([.. "\u0005ERROR\u0003400"u8], cancellationToken);
                throw new ZmtpException(
                    ZmtpFailure.KeyNotAllowed,
                    $"The client's CURVE key {client} is not on the list of allowed keys."
                );
            }

            var admission = await AdmitAsync(metadata, client, null, cancellationToken);
            await WriteAsync(handshake.Ready(_metadata), cancellationToken);
            return admission with { Cipher = handshake.Cipher() };
        }
    }

    private static (CurveServerHandshake Handshake, byte[] Welcome) Welcome(
        ZmtpSecurity.CurveServer security,
        byte[] hello
    )
    {
        foreach (var key in security.Keys())
        {
            var handshake = new CurveServerHandshake(key);
            if (handshake.Welcome(hello) is { } welcome)
            {
                return (handshake, welcome);
            }

            handshake.Dispose();
        }

        throw new ZmtpException(ZmtpFailure.WrongServerKey, "The client expects another CURVE key of this server.");
    }

    private async Task<Admission> ProveCurveAsync(
        ZmtpSecurity.CurveClient security,
        CancellationToken cancellationToken
    )
    {
        using var handshake = new CurveClientHandshake(security.Key, security.Server);
        await WriteAsync(handshake.Hello(), cancellationToken);
        var welcome = await ReadAsync(
            ZmtpFailure.WrongServerKey,
            $"The server closed the connection when asked to prove the CURVE key {security.Server}: most likely it has "
                + "another key.",
            cancellationToken
        );
        if (welcome.AsSpan().StartsWith("\u0005HELLO"u8))
        {
            throw new ZmtpException(ZmtpFailure.OtherMechanism, "Both sides are clients of CURVE.");
        }

        var initiate =
            handshake.Initiate(welcome, _metadata)
            ?? throw RefusalIn(welcome)
                ?? new ZmtpException(
                    ZmtpFailure.WrongServerKey,
                    $"The server did not prove that it has the CURVE key {security.Server}."
                );
        await WriteAsync(initiate, cancellationToken);
        var ready = await ReadAsync(
            ZmtpFailure.KeyNotAllowed,
            $"The server closed the connection when it was shown the CURVE key {security.Key.Public}: most likely the "
                + "key is not on its list.",
            cancellationToken
        );
        if (!handshake.TryTakeReady(ready, out var metadata))
        {
            throw RefusalIn(ready) ?? Broken("READY");
        }

        return await AdmitAsync(metadata, security.Server, handshake.Cipher(), cancellationToken);
    }

    private async Task<Admission> AdmitAsync(
        ReadOnlyMemory<byte> metadata,
        CurvePublicKey? peerKey,
        CurveCipher? cipher,
        CancellationToken cancellationToken
    )
    {
        if (!Metadata.TryReadSocketType(metadata.Span, out var socketType))
        {
            throw Broken("metadata");
        }

        if (_options.PeerSocketTypes.Contains(socketType))
        {
            return new Admission(peerKey, cipher);
        }

        var wanted = string.Join(" or ", _options.PeerSocketTypes);
        var reason = $"A {_options.SocketType} talks to {wanted} only.";
        if (cipher is null)
        {
            await WriteAsync(
                [.. "\u0005ERROR"u8, (byte)reason.Length, .. Encoding.ASCII.GetBytes(reason)],
                cancellationToken
            );
        }

        throw new ZmtpException(ZmtpFailure.OtherSocketType, $"The peer is no {wanted}.");
    }

    private async Task WriteAsync(byte[] step, CancellationToken cancellationToken) =>
        await _stream.WriteAsync(FrameWriter.Whole(FrameFlags.Command, step), cancellationToken);

    private async Task<byte[]> ReadAsync(
        ZmtpFailure failureIfClosed,
        string wordsIfClosed,
        CancellationToken cancellationToken
    )
    {
        try
        {
            while (true)
            {
                if (_reader.TryTake(out var flags, out var frame))
                {
                    return flags == FrameFlags.Command ? frame.ToArray() : throw Broken("a command");
                }

                if (!await _reader.ReadMoreAsync(cancellationToken))
                {
                    throw new ZmtpException(failureIfClosed, wordsIfClosed);
                }
            }
        }
        catch (IOException e)
        {
            throw new ZmtpException(failureIfClosed, wordsIfClosed, e);
        }
    }

    private static ZmtpException? RefusalIn(ReadOnlySpan<byte> step)
    {
        if (!step.StartsWith("\u0005ERROR"u8) || step.Length < 7 || step.Length != 7 + step[6])
        {
            return null;
        }

        var reason = string.Concat(Encoding.ASCII.GetString(step[7..]).Where(c => c is >= ' ' and <= '~'));
        return reason == "400"
            ? new ZmtpException(ZmtpFailure.KeyNotAllowed, "The server refuses this client's CURVE key.")
            : new ZmtpException(ZmtpFailure.ProtocolError, $"The peer refuses the connection: {reason}");
    }

    private static ZmtpException Broken(string expected) =>
        new(ZmtpFailure.ProtocolError, $"The peer broke the handshake where {expected} was due.");
}

/// <summary>What a handshake has found out.</summary>
/// <param name="PeerKey">The peer's long-term CURVE key; null without CURVE.</param>
/// <param name="Cipher">Null without CURVE.</param>
internal sealed record Admission(CurvePublicKey? PeerKey, CurveCipher? Cipher);
