namespace ScheduleZero.Broker.Host.Throttling;

/// <summary>
/// Marks a route that changes nothing though it is asked by POST, since its question needs a body. Pages of the
/// dashboard may ask it as often as they may read: a preview is asked anew while somebody types.
/// </summary>
internal sealed class ReadsByPost;
