using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Inputs;

/// <summary>The one bounded channel into the loop. Answers come when what they say is on disk.</summary>
internal interface IBrokerInputs
{
    /// <param name="input">Makes the input around the ticket that it is given.</param>
    /// <exception cref="BrokerBusyException">The channel is full: tell the caller to come back.</exception>
    /// <exception cref="BrokerStoppedException">The loop has ended; nothing was decided, or it is not
    /// known.</exception>
    Task<Answer> AskAsync(Func<Ticket, BrokerInput.Request> input, CancellationToken cancellationToken);

    /// <summary>
    /// Puts in what nobody waits for. False, at once, when the channel is full or the loop has ended.
    /// </summary>
    bool TryTell(BrokerInput input);

    /// <summary>
    /// Takes a look at the state between two decisions. Keep it short: nothing else is decided meanwhile.
    /// </summary>
    Task<T> ReadAsync<T>(Func<BrokerState, T> look, CancellationToken cancellationToken);
}

internal sealed class BrokerBusyException() : Exception("The Broker has more to do than it can take at the moment.");

internal sealed class BrokerStoppedException(string message) : Exception(message);
