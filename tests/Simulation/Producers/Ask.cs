using ScheduleZero.Broker.Core;

namespace ScheduleZero.Simulation.Producers;

/// <summary>One request to the Broker, and the wait for its answer.</summary>
internal sealed class Ask(Func<object, BrokerInput.Request> make, Action<Ask, Answer> answered, bool mustBeAnswered)
{
    public TaskCompletionSource<Answer> Ticket { get; private set; } = new();

    public BrokerInput? Input { get; private set; }

    /// <summary>Whether the request is repeated until it is answered.</summary>
    public bool MustBeAnswered => mustBeAnswered;

    public BrokerInput Make()
    {
        Ticket = new TaskCompletionSource<Answer>();
        return Input = make(Ticket);
    }

    public void Answered(Answer answer) => answered(this, answer);
}
