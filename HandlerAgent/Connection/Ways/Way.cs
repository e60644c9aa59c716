using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Connections;

namespace ScheduleZero.HandlerAgent.Connection.Ways;

/// <summary>What an agent has learned about the network between itself and one Bridge.</summary>
/// <param name="Transport">The transport of SignalR that worked last; null before any did.</param>
/// <param name="SilenceSeconds">
/// How long a silent connection was measured to survive; null before a measurement.
/// </param>
/// <param name="MeasuredAt">When the silence was measured; null before a measurement.</param>
internal sealed record Way(
    [property: JsonConverter(typeof(JsonStringEnumConverter<HttpTransportType>))] HttpTransportType? Transport = null,
    double? SilenceSeconds = null,
    DateTimeOffset? MeasuredAt = null
)
{
    /// <summary>The interval of pings on a way whose idle time-out is not known yet.</summary>
    public static readonly TimeSpan CarefulKeepAlive = TimeSpan.FromSeconds(2);

    /// <summary>SignalR looks once a second whether a ping is due.</summary>
    private static readonly TimeSpan KeepAliveMin = TimeSpan.FromSeconds(1);

    /// <summary>More seconds than are ever measured: a file may say anything.</summary>
    private const double SilenceMax = 3600;

    private static readonly TimeSpan RemeasureAfter = TimeSpan.FromDays(7);

    public bool IsMeasured(DateTimeOffset now) =>
        SilenceSeconds is not null && MeasuredAt is { } at && now - at < RemeasureAfter && at <= now;

    /// <summary>The interval of pings: a third of the silence that survives.</summary>
    /// <param name="longest">The interval where the way does not ask for a shorter one.</param>
    public TimeSpan KeepAlive(TimeSpan longest)
    {
        var wanted = SilenceSeconds is { } seconds
            ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, SilenceMax) / 3)
            : CarefulKeepAlive;
        return wanted > longest ? longest
            : wanted < KeepAliveMin ? KeepAliveMin
            : wanted;
    }
}
