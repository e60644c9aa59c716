namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>
/// Why an attempt is asked to stop: the Broker's words (<c>cancelled</c>, <c>timed_out</c>, <c>lost</c>) and two of the
/// agent's own.
/// </summary>
internal static class CancelReasons
{
    public const string Cancelled = "cancelled";
    public const string TimedOut = "timed_out";
    public const string Lost = "lost";

    /// <summary>The Broker gave the attempt up while this handler was away.</summary>
    public const string Abandoned = "abandoned";

    public const string AgentStopping = "agent_stopping";
}
