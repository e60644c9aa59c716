using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Throttling;

/// <summary>How many REST requests are served in a minute.</summary>
internal sealed record RequestLimitOptions
{
    /// <summary>How many requests one key or user that has no limit of its own may make in a minute.</summary>
    public int RequestsPerMinute { get; init; } = Limits.RequestsPerMinuteDefault;

    /// <summary>How many requests one address that shows no valid credential may make in a minute.</summary>
    public int AnonymousRequestsPerMinute { get; init; } = Limits.AnonymousRequestsPerMinuteDefault;

    /// <summary>How often the dashboard's pages of one user may read in a minute.</summary>
    public int PageReadsPerMinute { get; init; } = Limits.PageReadsPerMinuteDefault;

    /// <summary>How many health checks one address may make in a minute, with or without a credential.</summary>
    public int HealthRequestsPerMinute { get; init; } = Limits.HealthRequestsPerMinuteDefault;
}
