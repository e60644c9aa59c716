using ScheduleZero.Bridge.Connections;

namespace ScheduleZero.Bridge.Hub;

/// <summary>The one clock for the deadlines of all connections, in place of a timer for each.</summary>
internal sealed class ConnectionSweep(HandlerConnections connections, BridgeSettings settings) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), settings.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                connections.Sweep();
            }
        }
        catch (OperationCanceledException)
        {
            // The wait was cancelled because the Bridge stops.
        }
    }
}
