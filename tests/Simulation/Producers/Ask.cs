using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Inputs;

namespace ScheduleZero.Simulation.Producers;

/// <summary>One request to the Broker, and the wait for its answer.</summary>
internal sealed class Ask(Func<Ticket, BrokerInput.Request> make, Action<Ask, Answer> answered, bool mustBeAnswered)
{
    public PendingAnswer Ticket { get; private set; } = new();

    public BrokerInput? Input { get; private set; }

    /// <summary>Whether the request is repeated until it is answered.</summary>
    public bool MustBeAnswered => mustBeAnswered;

    public BrokerInput Make()
    {
        Ticket = new PendingAnswer();
        return Input = make(Ticket);
    }

    public void Answered(Answer answer) => answered(this, answer);
}
