namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>The words of the protocol for why an attempt is asked to stop, or why it failed.</summary>
internal static class CancelReasons
{
    public const string Cancelled = "cancelled";
    public const string TimedOut = "timed_out";
    public const string Lost = "lost";

    /// <summary>
    /// The reason that a word of the Broker means; a later Broker may use words that are not known here.
    /// </summary>
    public static CancelReason Read(string word) =>
        word switch
        {
            TimedOut => CancelReason.TimedOut,
            Lost => CancelReason.LeaseLost,
            _ => CancelReason.Cancelled,
        };
}
