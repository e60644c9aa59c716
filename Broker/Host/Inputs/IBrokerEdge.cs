using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Inputs;

/// <summary>
/// The way into the loop for the handlers' side, whose inputs come one after the other and get no answer.
/// </summary>
internal interface IBrokerEdge
{
    /// <summary>Puts an input into the queue; waits while there is no room.</summary>
    void Put(BrokerInput input);

    /// <summary>
    /// Whether so many inputs wait that the caller should stop reading from its sockets for a moment.
    /// </summary>
    bool IsBusy { get; }
}
