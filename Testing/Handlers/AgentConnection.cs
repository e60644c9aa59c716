using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.Testing.Network;

namespace ScheduleZero.Testing.Handlers;

/// <summary>An agent's end of a connection that is no socket.</summary>
/// <param name="do">Runs the agent's code while its process lives.</param>
internal abstract class AgentConnection(Inbox inbox, Action<Action> @do) : IConnection, IHandlerEnd
{
    private TaskCompletionSource<Welcome>? _answer;

    public abstract bool SilenceNeedsHello { get; }

    public Task<Welcome> HelloAsync(Hello hello, CancellationToken cancellationToken)
    {
        _answer = new TaskCompletionSource<Welcome>();
        Send(hello);
        return _answer.Task.WaitAsync(cancellationToken);
    }

    public Task<TAnswer> AskAsync<TAnswer>(IHandlerQuestion<TAnswer> question, CancellationToken cancellationToken)
        where TAnswer : class, IMessage<TAnswer>, IBrokerMessage =>
        throw new NotSupportedException("Simulated agents have no enrolled keys.");

    public Task SendAsync(IHandlerMessage message, CancellationToken cancellationToken)
    {
        Send(message);
        return Task.CompletedTask;
    }

    public Task<ReadOnlyMemory<byte>> AskSealedAsync(
        MessageKind question,
        MessageKind answer,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException("Simulated agents have no enrolled keys.");

    public Task SendSealedAsync(MessageKind kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Simulated agents have no enrolled keys.");

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    public void Hear(MessageKind kind, byte[] body) =>
        @do(() =>
        {
            switch (ReadAnswer(kind, body))
            {
                case Welcome welcome:
                    _answer?.TrySetResult(welcome);
                    break;
                case Refused refused:
                    _answer?.TrySetException(Refusals.Of(refused));
                    break;
                default:
                    inbox.Post(kind, body);
                    break;
            }
        });

    public void Lost(string reason) =>
        @do(() =>
        {
            _answer?.TrySetException(new CarrierException(reason));
            inbox.Lost(reason);
        });

    /// <summary>The message, if it answers a question and can be read; else null.</summary>
    private static IMessage? ReadAnswer(MessageKind kind, byte[] body) =>
        MessageKinds.IsAnswer(kind) && ProtocolJson.TryRead(kind, body, out var message, out _) ? message : null;

    protected abstract void Send(IHandlerMessage message);

    protected abstract void Close();
}
