using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Throttling;

/// <summary>How many REST requests a minute are served.</summary>
internal sealed record RequestLimitOptions
{
    /// <summary>Requests of one key or user that has no limit of its own.</summary>
    public int RequestsPerMinute { get; init; } = Limits.RequestsPerMinuteDefault;

    /// <summary>Requests of one address that shows no valid credential.</summary>
    public int AnonymousRequestsPerMinute { get; init; } = Limits.AnonymousRequestsPerMinuteDefault;

    /// <summary>Health checks of one address, with or without a credential.</summary>
    public int HealthRequestsPerMinute { get; init; } = Limits.HealthRequestsPerMinuteDefault;
}
