using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Inputs;

/// <summary>The one bounded way into the loop. An answer comes when the state that it describes is on disk.</summary>
internal interface IBrokerInputs
{
    /// <summary>Puts a request into the queue, and waits for its answer.</summary>
    /// <param name="input">Makes the request with the ticket that it is given.</param>
    /// <exception cref="BrokerBusyException">The queue is full; the caller should try again later.</exception>
    /// <exception cref="BrokerStoppedException">
    /// The loop has ended. Nothing was decided, or nobody knows whether it was.
    /// </exception>
    Task<Answer> AskAsync(Func<Ticket, BrokerInput.Request> input, CancellationToken cancellationToken);

    /// <summary>
    /// Puts an input into the queue whose answer nobody waits for. Returns false, at once, when the queue is full or
    /// the loop has ended.
    /// </summary>
    bool TryPut(BrokerInput input);

    /// <summary>
    /// Reads the state between two decisions. The function must be short, since nothing else is decided meanwhile.
    /// </summary>
    Task<T> ReadAsync<T>(Func<BrokerState, T> read, CancellationToken cancellationToken);
}

internal sealed class BrokerBusyException() : Exception("The Broker has more to do than it can take at the moment.");

internal sealed class BrokerStoppedException(string message) : Exception(message);
