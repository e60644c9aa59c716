using ScheduleZero.Broker.Core;

namespace ScheduleZero.Tickets;

/// <summary>
/// The ticket of a test that reads its answer among the effects of a decision. Core passes tickets on and never calls
/// them, so that nothing is said before it is on disk. A ticket that is called fails the test.
/// </summary>
internal sealed class UncalledTicket : Ticket
{
    public override void Complete(Answer answer) => throw new InvalidOperationException("Core answered by itself.");

    public override void Fail(Exception reason) => throw new InvalidOperationException("Core failed a ticket.");
}
