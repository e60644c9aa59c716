using ScheduleZero.Broker.Core;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Telemetry;

/// <summary>
/// Logs which handlers come, leave, are refused, and take no work. All handlers of a Bridge come at once when it
/// returns, so the lines are bounded.
/// </summary>
/// <param name="lines">The bound; the caller disposes of it.</param>
internal sealed class HandlerLines(StrangerLines lines, ILogger logger)
{
    /// <summary>Examines an event; called with every event.</summary>
    public void Observe(Happened happened)
    {
        switch (happened.Type)
        {
            case "handler.online" when MayWrite("handlers that came"):
                var way = happened.Detail is { } bridge ? $"Bridge {bridge}" : "a direct connection";
                logger.HandlerCame(happened.Subject, happened.Namespace, way);
                break;
            case "handler.offline" when MayWrite("handlers that left"):
                logger.HandlerLeft(happened.Subject, happened.Namespace, happened.Detail);
                break;
            case "handler.refused" when MayWrite("handlers that were refused"):
                logger.HandlerRefused(happened.Subject, happened.Namespace, happened.Detail);
                break;
            case "handler.rejecting" when MayWrite("handlers that take no work"):
                logger.HandlerRejects(happened.Subject, happened.Namespace, happened.Detail);
                break;
            default:
                break; // Other events are not about where handlers are.
        }
    }

    private bool MayWrite(string kind) => lines.MayWrite(kind, address: null);
}
