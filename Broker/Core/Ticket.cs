namespace ScheduleZero.Broker.Core;

/// <summary>
/// What the answer to a request goes back to. Core passes a ticket on, in <see cref="Effect.Answer"/>, and never calls
/// it: the edge derives its tickets from this class, and completes a ticket once the state behind the answer is on
/// disk.
/// </summary>
public abstract class Ticket
{
    /// <summary>Gives the answer to whoever waits for it.</summary>
    public abstract void Complete(Answer answer);

    /// <summary>
    /// Tells whoever waits that no answer will come. The call changes nothing when the ticket has been completed
    /// already.
    /// </summary>
    public abstract void Fail(Exception reason);
}
