using System.Net.Http.Headers;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Web;

/// <summary>Reads how long a server asks to wait (RFC 9110, 10.2.3), within bounds.</summary>
internal static class RetryAfter
{
    public static readonly TimeSpan Min = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Max = TimeSpan.FromHours(1);

    /// <summary>The time to wait; null where the server does not say it.</summary>
    public static TimeSpan? Of(RetryConditionHeaderValue? header, DateTimeOffset now) =>
        header switch
        {
            { Delta: { } delta } => Bound(delta),
            { Date: { } date } => Bound(date - now),
            _ => null,
        };

    private static TimeSpan Bound(TimeSpan wait) =>
        wait < Min ? Min
        : wait > Max ? Max
        : wait;
}
