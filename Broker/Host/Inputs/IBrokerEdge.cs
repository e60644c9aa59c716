using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Inputs;

/// <summary>Where the handlers' side puts its inputs, one after the other and without an answer.</summary>
internal interface IBrokerEdge
{
    /// <summary>Puts in an input; waits while there is no room.</summary>
    void Put(BrokerInput input);

    /// <summary>
    /// Whether so many inputs wait that the caller should stop reading from its sockets for a moment.
    /// </summary>
    bool IsBusy { get; }
}
