using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;

namespace ScheduleZero.HandlerAgent.Connection.ZeroMq;

/// <summary>
/// A connection over a DEALER socket. The thread of the poller owns the socket; other threads queue messages for it.
/// </summary>
internal sealed class ZeroMqConnection : IConnection
{
    private const long MessageBytesMax = 64 * 1024 * 1024;
    private const int ReceivesInARow = 256;
    private const int SendsInARow = 256;

    /// <summary>
    /// How many messages may wait that nobody has handed to the socket yet; the poller's thread takes them at once.
    /// </summary>
    private const int WaitingMax = 10_000;

    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly DealerSocket _socket = new();
    private readonly ConcurrentQueue<Outgoing> _waiting = new();
    private readonly PollerSignal _signal = new();
    private readonly NetMQPoller _poller;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _endpoint;
    private readonly string? _apiKey;
    private readonly Inbox _inbox;
    private readonly ILogger _logger;

    /// <summary>The question that waits for its answer; null when none does. Changed from several threads.</summary>
    private Question? _asked;

    /// <summary>1 once the connection is being disposed. Changed from several threads.</summary>
    private int _isDisposed;

    public ZeroMqConnection(string endpoint, string? apiKey, Inbox inbox, ILogger logger)
    {
        _endpoint = endpoint;
        _apiKey = apiKey;
        _inbox = inbox;
        _logger = logger;
        _socket.Options.MaxMsgSize = MessageBytesMax;
        _socket.Options.Linger = Linger;
        _socket.Options.HeartbeatInterval = TimeSpan.FromSeconds(2);
        _socket.Options.HeartbeatTimeout = TimeSpan.FromSeconds(10);
        _socket.Options.HeartbeatTtl = TimeSpan.FromSeconds(10);
        _socket.ReceiveReady += (_, _) => Guard(Receive);
        _signal.Raised += () => Guard(Send);
        _socket.Connect(endpoint);
        _poller = [_socket, _signal.Pollable];
        new Thread(Run) { IsBackground = true, Name = "ScheduleZero dealer" }.Start();
    }

    /// <summary>
    /// ZeroMQ reconnects by itself, and a Broker that restarted does not know this connection any more.
    /// </summary>
    public bool SilenceNeedsHello => true;

    public Task<Welcome> HelloAsync(Hello hello, CancellationToken cancellationToken) =>
        AskAsync(hello with { ApiKey = _apiKey }, cancellationToken);

    public async Task<TAnswer> AskAsync<TAnswer>(
        IHandlerQuestion<TAnswer> question,
        CancellationToken cancellationToken
    )
        where TAnswer : class, IMessage<TAnswer>, IBrokerMessage
    {
        var asked = new Question(
            TAnswer.MessageKind,
            new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously)
        );
        Volatile.Write(ref _asked, asked);
        await SendAsync(question, cancellationToken);
        var said = await asked.Answer.Task.WaitAsync(cancellationToken);
        return ProtocolJson.TryRead<TAnswer>(said, out var read, out var problem)
            ? read
            : throw new CarrierException(problem!);
    }

    public Task SendAsync(IHandlerMessage message, CancellationToken cancellationToken)
    {
        if (_waiting.Count >= WaitingMax)
        {
            throw new CarrierException("The connection takes no more messages.");
        }

        var outgoing = new Outgoing(
            message.Kind,
            ProtocolJson.Write(message),
            new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
        );
        _waiting.Enqueue(outgoing);
        // The order matters: either the end sees the message, or the message sees the end.
        if (!_signal.Set() || Volatile.Read(ref _isDisposed) != 0)
        {
            FailWaiting();
        }

        return outgoing.Taken.Task.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        _signal.Set();
        if (await HasEndedAsync())
        {
            _poller.Dispose();
            _signal.Dispose();
            _socket.Dispose();
        }

        FailWaiting();
    }

    /// <summary>Waits for the poller's thread, which must be gone before anybody else touches the socket.</summary>
    private async ValueTask<bool> HasEndedAsync()
    {
        try
        {
            await _ended.Task.WaitAsync(StopLimit);
            return true;
        }
        catch (TimeoutException)
        {
            _logger.ConnectionStuck(_endpoint, StopLimit.TotalSeconds);
            return false;
        }
    }

    private void Run()
    {
        try
        {
            _poller.Run();
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    // Fails the messages that wait. Every thread that finds out that nobody sends any more does so, and may be several
    // at once.
    private void FailWaiting()
    {
        while (_waiting.TryDequeue(out var left))
        {
            left.Taken.TrySetException(new CarrierException("The connection is closed."));
        }
    }

    private void Send()
    {
        if (Volatile.Read(ref _isDisposed) != 0)
        {
            _poller.Stop();
            return;
        }

        for (var i = 0; i < SendsInARow && _waiting.TryDequeue(out var outgoing); i++)
        {
            var message = new NetMQMessage(3);
            message.AppendEmptyFrame();
            message.Append(new FrameHeader(outgoing.Kind).ToFrame());
            message.Append(outgoing.Body);
            if (_socket.TrySendMultipartMessage(message))
            {
                outgoing.Taken.TrySetResult();
            }
            else
            {
                // The socket has reached its high-water mark: the Broker has accepted nothing for long.
                outgoing.Taken.TrySetException(new CarrierException("The Broker takes no more messages."));
            }
        }

        if (!_waiting.IsEmpty)
        {
            // The rest is sent by way of the poller, so that receiving and the end get their turn.
            _signal.Set();
        }
    }

    private void Receive()
    {
        NetMQMessage? message = null;
        for (var i = 0; i < ReceivesInARow && _socket.TryReceiveMultipartMessage(ref message, 3); i++)
        {
            Hear(message);
        }
    }

    private void Hear(NetMQMessage message)
    {
        if (
            message.FrameCount != 3
            || message[0].MessageSize != 0
            || !FrameHeader.TryParse(message[1].Buffer.AsSpan(0, message[1].MessageSize), out var header)
        )
        {
            _inbox.Lost("The Broker sent a message that makes no sense.");
            return;
        }

        var body = message[2].ToByteArray();
        if (header.Kind == Refused.MessageKind && ProtocolJson.TryRead<Refused>(body, out var refused, out _))
        {
            Interlocked.Exchange(ref _asked, null)?.Answer.TrySetException(Refusals.Of(refused));
            return;
        }

        switch (header.Kind)
        {
            case var _ when MessageKinds.IsAnswer(header.Kind):
                if (Volatile.Read(ref _asked) is { } asked && asked.Kind == header.Kind)
                {
                    Interlocked.CompareExchange(ref _asked, null, asked);
                    asked.Answer.TrySetResult(body);
                }

                break;
            case MessageKind.Greet when Volatile.Read(ref _asked) is not null:
                // The message is dropped, since it asks for what is already on its way: a heartbeat of ours crossed the
                // Broker's restart.
                break;
            default:
                _inbox.Post(header.Kind, body);
                break;
        }
    }

    // An exception on the poller's thread would end it silently.
    private void Guard(Action turn)
    {
        try
        {
            turn();
        }
        catch (NetMQException e)
        {
            _inbox.Lost(e.Message);
            Interlocked.Exchange(ref _asked, null)?.Answer.TrySetException(new CarrierException(e.Message));
        }
    }

    /// <summary>A question that waits for its answer.</summary>
    /// <param name="Kind">The kind of the answer.</param>
    private sealed record Question(MessageKind Kind, TaskCompletionSource<byte[]> Answer);

    private sealed record Outgoing(MessageKind Kind, byte[] Body, TaskCompletionSource Taken);
}
