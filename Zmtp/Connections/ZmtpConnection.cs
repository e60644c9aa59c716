using System.Net;
using System.Net.Sockets;
using ScheduleZero.Zmtp.Curve;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>
/// One connection after its handshake. One caller receives; any number send. It asks a silent peer whether it lives,
/// and ends when no answer comes.
/// </summary>
internal sealed class ZmtpConnection : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly FrameReader _reader;
    private readonly MessageAssembly _assembly;
    private readonly ZmtpSender _sender;
    private readonly CurveCipher? _cipher;
    private readonly ZmtpLimits _limits;
    private readonly TimeProvider _time;
    private readonly ITimer _beat;

    /// <summary>Never disposed: whoever ends the connection first may still be cancelling it when the owner disposes
    /// it.
    /// A source without a timer holds nothing that must be freed.</summary>
    private readonly CancellationTokenSource _ending = new();
    private ZmtpException? _failure;

    /// <summary>When the pending read began; 0 while the receiver does not read. Timestamp of the clock.</summary>
    private long _readSince;

    /// <summary>When the unfinished message began; 0 while there is none. Timestamp of the clock.</summary>
    private long _messageSince;

    public ZmtpConnection(
        Socket socket,
        NetworkStream stream,
        FrameReader reader,
        Admission admission,
        ZmtpOptions options,
        ByteBudget budget
    )
    {
        _socket = socket;
        _stream = stream;
        _reader = reader;
        _cipher = admission.Cipher;
        _limits = options.Limits;
        _time = options.Time;
        PeerKey = admission.PeerKey;
        Remote = RemoteOf(socket);
        _assembly = new MessageAssembly(admission.Cipher, _limits, budget);
        MessageBytesMax = _limits.MessageBytesMax;
        _sender = new ZmtpSender(stream, admission.Cipher, _limits, _time, Fail);
        _beat = _time.CreateTimer(_ => Beat(), null, _limits.PingEvery, _limits.PingEvery);
    }

    /// <summary>The address at the other end of the connection.</summary>
    public IPEndPoint Remote { get; }

    /// <summary>The peer's long-term CURVE key; null without CURVE.</summary>
    public CurvePublicKey? PeerKey { get; }

    /// <summary>
    /// When the peer last took bytes that had waited for it. Timestamp of the clock; 0 when nothing has had to wait.
    /// </summary>
    public long TakenAt => _sender.TakenAt;

    /// <summary>Fires when the connection has ended, from whichever side.</summary>
    public CancellationToken Ended => _ending.Token;

    /// <summary>
    /// Called when messages are taken again after <see cref="TrySend"/> has refused one, and now and then without need.
    /// Set before the first message is sent. Called from any thread; must neither wait nor throw.
    /// </summary>
    public Action? RoomMade
    {
        get => _sender.RoomMade;
        set => _sender.RoomMade = value;
    }

    /// <summary>
    /// The most bytes of one message that is received. Lower than the limit while little is known of the peer. Changed
    /// by the receiver only, while it does not receive.
    /// </summary>
    public int MessageBytesMax
    {
        get => _assembly.MessageBytesMax;
        set
        {
            _assembly.MessageBytesMax = value;
            _reader.FrameBytesMax = value + CurveCipher.OverheadBytes;
        }
    }

    /// <summary>
    /// Waits for the next message. Its bytes count among those of all connections that are on their way in, until the
    /// next call: call again when the message was handed over to somebody who counts it.
    /// </summary>
    /// <exception cref="ZmtpException">The connection has ended, and why.</exception>
    public async ValueTask<ZmtpMessage> ReceiveAsync(CancellationToken cancellationToken)
    {
        _assembly.HandOver();
        try
        {
            while (true)
            {
                if (TryTake(out var message))
                {
                    return message;
                }

                Volatile.Write(ref _readSince, _time.GetTimestamp());
                var hasMore = await _reader.ReadMoreAsync(cancellationToken);
                Volatile.Write(ref _readSince, 0);
                if (!hasMore)
                {
                    throw new ZmtpException(ZmtpFailure.Closed, "The peer closed the connection.");
                }
            }
        }
        catch (ZmtpException e)
        {
            Fail(e);
            throw Volatile.Read(ref _failure) ?? e;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            Fail(new ZmtpException(ZmtpFailure.Closed, "The connection was cut.", e));
            throw Volatile.Read(ref _failure)!;
        }
    }

    /// <summary>Queues a message to be sent. Safe from any thread.</summary>
    /// <returns>False when too much waits already; then nothing was queued. After the connection has ended messages are
    /// dropped, and the answer is true.</returns>
    public bool TrySend(ZmtpMessage message) => _sender.TryQueue(message);

    /// <summary>Ends the connection at once. Safe from any thread, and more than once.</summary>
    public void End(string reason) => Fail(new ZmtpException(ZmtpFailure.Ended, reason));

    /// <summary>Ends the connection at once, since its place was given to somebody else. Safe from any thread.
    /// </summary>
    public void Displace(ZmtpException reason) => Fail(reason);

    /// <summary>Sends what waits, for <paramref name="limit"/> at most, and ends the connection.</summary>
    public async Task EndAfterSendingAsync(string reason, TimeSpan limit)
    {
        var isWritten = await _sender.TryDrainAsync(limit, _time);
        Fail(new ZmtpException(ZmtpFailure.Ended, reason), isAbrupt: !isWritten);
    }

    /// <summary>Ends the connection and frees what it holds. The receiver has returned, and nobody receives any more.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        End("It is not needed any more.");
        await _beat.DisposeAsync();
        await _sender.DisposeAsync();
        _assembly.Dispose();
        _reader.Dispose();
        _cipher?.Dispose();
        await _stream.DisposeAsync();
    }

    private static IPEndPoint RemoteOf(Socket socket) =>
        socket.RemoteEndPoint is not IPEndPoint remote ? new IPEndPoint(IPAddress.None, 0)
        : remote.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(remote.Address.MapToIPv4(), remote.Port)
        : remote;

    private bool TryTake(out ZmtpMessage message)
    {
        message = default;
        while (_reader.TryTake(out var flags, out var frame))
        {
            var assembled = _assembly.Add(flags, frame);
            if (assembled.Message is { } whole)
            {
                Volatile.Write(ref _messageSince, 0);
                _reader.Shrink();
                message = whole;
                return true;
            }

            if (!assembled.Command.IsEmpty)
            {
                Obey(assembled.Command);
            }
        }

        var isInside = _assembly.IsOpen || _reader.IsInFrame;
        if (!isInside)
        {
            Volatile.Write(ref _messageSince, 0);
        }
        else if (Volatile.Read(ref _messageSince) == 0)
        {
            Volatile.Write(ref _messageSince, _time.GetTimestamp());
        }

        return false;
    }

    // PING and PONG (RFC 37); other commands are left unheeded, as the RFC asks.
    private void Obey(ReadOnlyMemory<byte> command)
    {
        const int pingBytes = 7;
        const int contextBytesMax = 16;
        if (!command.Span.StartsWith("\u0004PING"u8))
        {
            return;
        }

        if (command.Length is < pingBytes or > pingBytes + contextBytesMax)
        {
            throw new ZmtpException(ZmtpFailure.ProtocolError, "The peer sent a PING of the wrong length.");
        }

        _sender.TryQueueCommand([.. "\u0004PONG"u8, .. command.Span[pingBytes..]]);
    }

    private void Beat()
    {
        var takenAt = TakenAt;
        if (IsOver(ref _messageSince, _limits.MessageTimeMax))
        {
            Fail(
                new ZmtpException(
                    ZmtpFailure.TooLarge,
                    $"The peer did not end a message within {_limits.MessageTimeMax.TotalSeconds:0} s."
                )
            );
        }
        else if (
            IsOver(ref _readSince, _limits.SilenceMax)
            && (takenAt == 0 || _time.GetElapsedTime(takenAt) >= _limits.SilenceMax)
        )
        {
            Fail(
                new ZmtpException(
                    ZmtpFailure.Silent,
                    $"Nothing was heard from the peer for {_limits.SilenceMax.TotalSeconds:0} s."
                )
            );
        }
        else if (IsOver(ref _readSince, _limits.PingEvery))
        {
            // The time to live is 0: the peer is not asked to give the connection up when this side is silent.
            _sender.TryQueueCommand([.. "\u0004PING\0\0"u8]);
        }
    }

    private bool IsOver(ref long since, TimeSpan limit)
    {
        var began = Volatile.Read(ref since);
        return began != 0 && _time.GetElapsedTime(began) >= limit;
    }

    private void Fail(ZmtpException failure) => Fail(failure, isAbrupt: true);

    /// <param name="isAbrupt">Whether the system drops what it has not sent yet.</param>
    private void Fail(ZmtpException failure, bool isAbrupt)
    {
        if (Interlocked.CompareExchange(ref _failure, failure, null) is null)
        {
            // Closing ends a read or write that is under way, on either side.
            _socket.Close(timeout: isAbrupt ? 0 : -1);
            _sender.Stop();
            _ending.Cancel();
        }
    }
}
