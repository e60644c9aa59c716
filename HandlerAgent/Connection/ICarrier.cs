using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>Opens connections of one kind. What is said on them is the same for all kinds.</summary>
internal interface ICarrier
{
    /// <summary>
    /// Connects; what the Broker says goes to <paramref name="inbox"/> from then on, in order, and so does the
    /// connection's loss.
    /// </summary>
    /// <exception cref="CarrierException">The address does not answer.</exception>
    Task<IConnection> ConnectAsync(Uri address, Inbox inbox, CancellationToken cancellationToken);
}

/// <summary>One open connection. Disposing closes it without a word to the Broker.</summary>
internal interface IConnection : IAsyncDisposable
{
    /// <summary>
    /// Whether only the Broker's own words prove it alive, because nothing below notices a peer that is gone.
    /// </summary>
    bool SilenceNeedsHello { get; }

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
}

/// <summary>
/// A connection could not be opened, or was lost. The message is free of secrets; there is no inner exception, which
/// might not be.
/// </summary>
internal sealed class CarrierException(string message) : Exception(message);

/// <summary>The Broker refused a Hello or closed the session.</summary>
internal sealed class RefusedException(string code, string detail, bool isFinal) : Exception($"{code}: {detail}")
{
    public string Code => code;

    public string Detail => detail;

    /// <summary>Trying again cannot help.</summary>
    public bool IsFinal => isFinal;
}
