namespace ScheduleZero.Broker.Host.Http;

/// <summary>
/// The room that was reserved for a request's body before its length was known. A feature of the request; absent for
/// bodies that need no reservation.
/// </summary>
internal interface IBodyReservation
{
    /// <summary>Gives back what the body did not need.</summary>
    /// <param name="length">The body's length in bytes, now that all of it has come.</param>
    void Shrink(long length);
}
