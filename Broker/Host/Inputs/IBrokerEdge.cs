using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Inputs;

/// <summary>How the handlers' side puts its inputs in: one after the other, without an answer.</summary>
internal interface IBrokerEdge
{
    void Put(BrokerInput input);

    /// <summary>More waits than is good: stop reading from the sockets for a moment.</summary>
    bool IsBusy { get; }
}
