using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>Opens connections of one kind. The messages on them are the same for all kinds.</summary>
internal interface ICarrier
{
    /// <summary>
    /// Connects. From then on the messages of the Broker go to <paramref name="inbox"/>, in order, and so does the loss
    /// of the connection.
    /// </summary>
    /// <exception cref="CarrierException">The address does not answer.</exception>
    Task<IConnection> ConnectAsync(Uri address, Inbox inbox, CancellationToken cancellationToken);
}

/// <summary>One open connection. Disposing the connection closes it without a message to the Broker.</summary>
internal interface IConnection : IAsyncDisposable
{
    /// <summary>
    /// Whether only messages of the Broker prove that it is alive, because the carrier does not notice a peer that is
    /// gone.
    /// </summary>
    bool SilenceNeedsHello { get; }

    /// <summary>What is known of the network on the way now, for operators; null when nothing is.</summary>
    HelloWay? Way => null;

    /// <summary>Says Hello, and waits for the Broker's answer.</summary>
    /// <exception cref="RefusedException">The Broker said no, and why.</exception>
    /// <exception cref="CarrierException">The connection was lost.</exception>
    Task<Welcome> HelloAsync(Hello hello, CancellationToken cancellationToken);

    /// <summary>Asks a question that may come before Hello.</summary>
    /// <exception cref="RefusedException">The Broker said no, and why.</exception>
    /// <exception cref="CarrierException">The connection was lost.</exception>
    Task<TAnswer> AskAsync<TAnswer>(IHandlerQuestion<TAnswer> question, CancellationToken cancellationToken)
        where TAnswer : class, IMessage<TAnswer>, IBrokerMessage;

    /// <summary>Sends one message; ends when the connection took it. Safe from any thread.</summary>
    /// <exception cref="CarrierException">The connection was lost, or does not take more.</exception>
    Task SendAsync(IHandlerMessage message, CancellationToken cancellationToken);

    /// <summary>
    /// Asks a question whose body is sealed. The answer is returned as it came, and so is a refusal that the Broker has
    /// sealed.
    /// </summary>
    /// <param name="answer">The kind of the answer.</param>
    /// <exception cref="RefusedException">There was a refusal that is not sealed.</exception>
    /// <exception cref="CarrierException">The connection was lost.</exception>
    Task<ReadOnlyMemory<byte>> AskSealedAsync(
        MessageKind question,
        MessageKind answer,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken
    );

    /// <summary>Sends a message whose body is sealed, as <see cref="SendAsync"/> does.</summary>
    /// <exception cref="CarrierException">The connection was lost, or does not take more.</exception>
    Task SendSealedAsync(MessageKind kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);
}

/// <summary>
/// A connection could not be opened, or was lost. The message holds no secret; there is no inner exception, which might
/// hold one.
/// </summary>
internal sealed class CarrierException(string message) : Exception(message);

/// <summary>The Broker refused a Hello or closed the session.</summary>
internal sealed class RefusedException(string code, string detail, bool isFinal) : Exception($"{code}: {detail}")
{
    public string Code => code;

    public string Detail => detail;

    /// <summary>Whether trying again cannot help.</summary>
    public bool IsFinal => isFinal;
}
