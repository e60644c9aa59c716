namespace ScheduleZero.Broker.Host.Throttling;

/// <summary>Marks a route for health checks, whose requests are counted apart from others.</summary>
internal sealed class ProbeRoute
{
    public static ProbeRoute Instance { get; } = new();
}
