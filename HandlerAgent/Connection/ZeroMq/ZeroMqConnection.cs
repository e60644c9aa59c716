using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.HandlerAgent.Connection.ZeroMq;

/// <summary>
/// A connection of a DEALER. When the network cuts the connection, the session ends with it and dials anew: whoever
/// listens then may be a Broker that restarted, or another one.
/// </summary>
internal sealed class ZeroMqConnection : IConnection
{
    private const string ClosedHere = "The connection is closed.";

    /// <summary>What was sent last, such as Bye, is given this long to be written at the end.</summary>
    private static readonly TimeSpan LastWordsLimit = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RoomRetry = TimeSpan.FromMilliseconds(10);

    private readonly ZmtpConnection _connection;
    private readonly string? _apiKey;
    private readonly Inbox _inbox;
    private readonly TimeProvider _time;
    private readonly Task _receiving;

    /// <summary>The question whose answer is due; null when none is.</summary>
    private Question? _asked;

    /// <summary>Why the connection takes no more messages; null while it takes them.</summary>
    private string? _endReason;
    private int _isDisposed;

    /// <param name="connection">The connection after its handshake. It belongs to this object from now on.</param>
    public ZeroMqConnection(ZmtpConnection connection, string? apiKey, Inbox inbox, TimeProvider time)
    {
        _connection = connection;
        _apiKey = apiKey;
        _inbox = inbox;
        _time = time;
        _receiving = Task.Run(ReceiveAsync);
    }

    /// <summary>A proxy may stand between, whose connection outlives a Broker that restarts.</summary>
    public bool SilenceNeedsHello => true;

    public Task<Welcome> HelloAsync(Hello hello, CancellationToken cancellationToken) =>
        AskAsync(hello with { ApiKey = _apiKey }, cancellationToken);

    public async Task<TAnswer> AskAsync<TAnswer>(
        IHandlerQuestion<TAnswer> question,
        CancellationToken cancellationToken
    )
        where TAnswer : class, IMessage<TAnswer>, IBrokerMessage
    {
        var said = await AskSealedAsync(
            question.Kind,
            TAnswer.MessageKind,
            ProtocolJson.Write(question),
            cancellationToken
        );
        return ProtocolJson.TryRead<TAnswer>(said.Span, out var read, out var problem)
            ? read
            : throw new CarrierException(problem!);
    }

    public async Task<ReadOnlyMemory<byte>> AskSealedAsync(
        MessageKind question,
        MessageKind answer,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken
    )
    {
        var asked = new Question(
            answer,
            new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously)
        );
        // Before the end is looked at: either the end sees the question, or the question sees the end.
        Interlocked.Exchange(ref _asked, asked);
        await SendSealedAsync(question, body, cancellationToken);
        return await asked.Answer.Task.WaitAsync(cancellationToken);
    }

    public Task SendAsync(IHandlerMessage message, CancellationToken cancellationToken) =>
        SendSealedAsync(message.Kind, ProtocolJson.Write(message), cancellationToken);

    public async Task SendSealedAsync(MessageKind kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var outgoing = new ZmtpMessage([ReadOnlyMemory<byte>.Empty, new FrameHeader(kind).ToFrame(), body]);
        while (true)
        {
            if (Volatile.Read(ref _endReason) is { } reason)
            {
                throw new CarrierException(reason);
            }

            if (_connection.TrySend(outgoing))
            {
                return;
            }

            // A network that is slower than the agent holds the sender up. A peer that is gone does so for seconds
            // only: then the connection ends.
            await Task.Delay(RoomRetry, _time, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        End(ClosedHere);
        await _connection.EndAfterSendingAsync(ClosedHere, LastWordsLimit);
        try
        {
            await _receiving;
        }
        finally
        {
            await _connection.DisposeAsync();
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                Hear(await _connection.ReceiveAsync(CancellationToken.None));
            }
        }
        catch (ZmtpException e)
        {
            Lose(e.Message);
        }
        catch (Exception e)
        {
            Lose(e.Message);
            throw; // A bug; whoever disposes of the connection sees it.
        }
    }

    private void Lose(string reason)
    {
        End(reason);
        _inbox.Lost(reason);
    }

    /// <summary>Takes no more messages, and answers the question that is open. The first reason stands.</summary>
    private void End(string reason)
    {
        Interlocked.CompareExchange(ref _endReason, reason, null);
        Interlocked.Exchange(ref _asked, null)?.Answer.TrySetException(new CarrierException(reason));
    }

    private void Hear(ZmtpMessage message)
    {
        if (
            message.Frames is not [{ IsEmpty: true }, var first, var body]
            || !FrameHeader.TryParse(first.Span, out var header)
        )
        {
            _inbox.Lost("The Broker sent a message that makes no sense.");
            return;
        }

        switch (header.Kind)
        {
            case MessageKind.Refused when ProtocolJson.TryRead<Refused>(body.Span, out var refused, out _):
                Interlocked.Exchange(ref _asked, null)?.Answer.TrySetException(Refusals.Of(refused));
                break;
            case var _ when MessageKinds.IsAnswer(header.Kind):
                // A refusal that cannot be read may be sealed: whoever asked knows.
                if (
                    Volatile.Read(ref _asked) is { } asked
                    && (asked.Kind == header.Kind || header.Kind == MessageKind.Refused)
                )
                {
                    Interlocked.CompareExchange(ref _asked, null, asked);
                    asked.Answer.TrySetResult(body);
                }

                break;
            case MessageKind.Greet when Volatile.Read(ref _asked) is not null:
                // Asked for what is already on its way: a heartbeat of ours crossed the Broker's restart.
                break;
            default:
                _inbox.Post(header.Kind, body);
                break;
        }
    }

    /// <param name="Kind">That of the answer.</param>
    private sealed record Question(MessageKind Kind, TaskCompletionSource<ReadOnlyMemory<byte>> Answer);
}
