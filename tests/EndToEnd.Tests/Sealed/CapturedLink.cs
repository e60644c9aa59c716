using System.Collections.Concurrent;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.EndToEnd.Tests.Sealed;

/// <summary>
/// The link of a captured Bridge: it has a Bridge's key, so the Broker takes it for one. One thread owns the socket.
/// </summary>
internal sealed class CapturedLink : IDisposable
{
    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(1);

    private readonly DealerSocket _socket = new();
    private readonly ApiKey _key;
    private readonly Action<ulong, MessageKind, byte[]> _deliver;
    private readonly Action _linked;
    private readonly ConcurrentQueue<(MessageKind Kind, ulong Connection, byte[] Body)> _toSend = new();
    private readonly TaskCompletionSource _isLinked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private volatile bool _isStopping;

    /// <summary>The nonce of the handshake that is under way. Used by the thread, as all below.</summary>
    private string _nonce = "";
    private bool _isWelcome;
    private ulong _sequence;
    private long _saidAt;

    /// <param name="serverKey">The Broker's CURVE key; null for plaintext.</param>
    /// <param name="deliver">Takes a message to a connection, on the thread.</param>
    /// <param name="linked">Called on the thread when the link is new, before anything is sent on it.</param>
    public CapturedLink(
        string router,
        byte[]? serverKey,
        ApiKey key,
        Action<ulong, MessageKind, byte[]> deliver,
        Action linked
    )
    {
        (_key, _deliver, _linked) = (key, deliver, linked);
        _socket.Options.Linger = TimeSpan.Zero;
        if (serverKey is not null)
        {
            _socket.Options.CurveServerKey = serverKey;
            _socket.Options.CurveCertificate = new NetMQCertificate();
        }

        _socket.Connect(router);
        _thread = new Thread(Run) { IsBackground = true, Name = "captured link" };
        _thread.Start();
    }

    public Task WhenLinked => _isLinked.Task;

    public void Send(MessageKind kind, ulong connection, byte[] body) => _toSend.Enqueue((kind, connection, body));

    public void Dispose()
    {
        _isStopping = true;
        _thread.Join(TimeSpan.FromSeconds(10));
        _socket.Dispose();
    }

    private void Run()
    {
        NetMQMessage? message = null;
        while (!_isStopping)
        {
            Beat();
            while (_isWelcome && _toSend.TryDequeue(out var outgoing))
            {
                Write(new FrameHeader(outgoing.Kind, outgoing.Connection, ++_sequence), outgoing.Body);
            }

            if (_socket.TryReceiveMultipartMessage(TimeSpan.FromMilliseconds(2), ref message))
            {
                Receive(message![message.FrameCount - 2].ToByteArray(), message[message.FrameCount - 1].ToByteArray());
            }
        }
    }

    private void Beat()
    {
        if (Environment.TickCount64 - _saidAt < BeatEvery.TotalMilliseconds)
        {
            return;
        }

        _saidAt = Environment.TickCount64;
        if (_isWelcome)
        {
            Write(new FrameHeader(MessageKind.Beat), ProtocolJson.Write(new Beat()));
        }
        else
        {
            _nonce = BridgeProofs.NewNonce();
            Write(
                new FrameHeader(MessageKind.BridgeHello),
                ProtocolJson.Write(new BridgeHello("captured", "1", ProtocolJson.Version, _key.Id, _nonce))
            );
        }
    }

    private void Receive(byte[] headerFrame, ReadOnlyMemory<byte> body)
    {
        if (!FrameHeader.TryParse(headerFrame, out var header))
        {
            throw new InvalidOperationException("The Broker sent what is no message.");
        }

        switch (header.Kind)
        {
            case MessageKind.BridgeChallenge
                when ProtocolJson.TryRead<BridgeChallenge>(body.Span, out var asked, out _):
                var proof = new BridgeProof(BridgeProofs.OfBridge(_key.SecretHash(), _nonce, asked.Nonce));
                Write(new FrameHeader(MessageKind.BridgeProof), ProtocolJson.Write(proof));
                break;
            case MessageKind.BridgeWelcome:
                (_isWelcome, _sequence) = (true, 0);
                _toSend.Clear();
                _linked();
                _isLinked.TrySetResult();
                break;
            case MessageKind.Refused when header.Connection == 0:
                (_isWelcome, _saidAt) = (false, 0); // The Broker restarted, and does not know the link.
                break;
            case MessageKind.Pack:
                while (Pack.TryRead(ref body, out var inner, out var innerBody))
                {
                    _deliver(inner.Connection, inner.Kind, innerBody.ToArray());
                }

                break;
            case var kind when header.Connection != 0:
                _deliver(header.Connection, kind, body.ToArray());
                break;
        }
    }

    private void Write(FrameHeader header, byte[] body) => _socket.SendMultipartBytes([], header.ToFrame(), body);
}
