namespace ScheduleZero.Broker.Core;

/// <summary>
/// The place of one who waits for the answer to a request. Core passes a ticket on, in <see cref="Effect.Answer"/>, and
/// never calls it: the shell derives the ticket, and completes it once what the answer says is on disk.
/// </summary>
public abstract class Ticket
{
    /// <summary>Gives the answer to the one who waits.</summary>
    public abstract void Complete(Answer answer);

    /// <summary>
    /// Tells the one who waits that no answer will come. Changes nothing when the ticket has been completed already.
    /// </summary>
    public abstract void Fail(Exception reason);
}
