using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using ScheduleZero.Broker.Host.Api;
using ScheduleZero.Broker.Host.Api.Requests;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>
/// How many requests a minute are served: to each key and each user by itself, to each namespace that has a limit, and to each address that shows no valid credential. Counted in windows of a minute, by this
/// process alone; the framework's meter <c>Microsoft.AspNetCore.RateLimiting</c> tells how many were refused.
/// </summary>
internal sealed class RequestLimits
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly BrokerApiOptions _options;
    private readonly Func<object, FixedWindowRateLimiterOptions> _ofCaller;
    private readonly Func<object, FixedWindowRateLimiterOptions> _ofAddress;

    private RequestLimits(BrokerApiOptions options)
    {
        _options = options;
        _ofCaller = partition => Of((partition as Caller)?.RequestsPerMinute ?? (partition as Caller.UserPartition)?.RequestsPerMinute ?? options.RequestsPerMinute);
        _ofAddress = _ => Of(options.AnonymousRequestsPerMinute);
    }

    public static IServiceCollection AddTo(IServiceCollection services, BrokerApiOptions options)
    {
        var limits = new RequestLimits(options);
        services.AddOptions<RateLimiterOptions>().Configure<Roster>((limiter, roster) =>
        {
            limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
                PartitionedRateLimiter.Create<HttpContext, object>(limits.PartitionOf),
                PartitionedRateLimiter.Create<HttpContext, NamespaceLimit>(http => NamespacePartitionOf(http, roster)));
            limiter.OnRejected = (rejected, _) => new ValueTask(limits.Refusal(rejected.HttpContext, rejected.Lease).ExecuteAsync(rejected.HttpContext));
        });
        return services.AddRateLimiter();
    }

    private static FixedWindowRateLimiterOptions Of(int permits) => new() { PermitLimit = permits, Window = Window, QueueLimit = 0 };

    private int PermitsOf(Caller caller) => caller.RequestsPerMinute ?? _options.RequestsPerMinute;

    private RateLimitPartition<object> PartitionOf(HttpContext http) =>
        http.User is Caller caller
            ? RateLimitPartition.GetFixedWindowLimiter(caller.Partition, _ofCaller)
            : RateLimitPartition.GetFixedWindowLimiter<object>(ClientNetwork.Of(http.Connection.RemoteIpAddress), _ofAddress);

    private readonly record struct NamespaceLimit(string Namespace, int RequestsPerMinute);

    // Only callers of the namespace: others must not be able to use up what it may.
    private static RateLimitPartition<NamespaceLimit> NamespacePartitionOf(HttpContext http, Roster roster) =>
        http.User is Caller caller
        && http.GetRouteValue(PermissionRequirement.NamespaceRouteValue) is string ns
        && roster.FindNamespace(ns) is { Limits.RequestsPerMinute: { } max }
        && Authority.HasPlaceIn(caller, ns)
            ? RateLimitPartition.GetFixedWindowLimiter(new NamespaceLimit(ns, max), static limit => Of(limit.RequestsPerMinute))
            : RateLimitPartition.GetNoLimiter(default(NamespaceLimit));

    private ProblemAnswer Refusal(HttpContext http, RateLimitLease lease)
    {
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var left) ? left : Window;
        var seconds = Math.Clamp((int)Math.Ceiling(wait.TotalSeconds), 1, (int)Window.TotalSeconds);
        if (http.User is Caller)
        {
            // Of the others there is no end, and the meter counts them.
            http.RequestServices.GetRequiredService<Denials>().Note(http, ErrorCodes.RateLimited);
        }

        var detail = http.User is Caller caller
            ? $"This {(caller.User is null ? "key" : "user")} may make {PermitsOf(caller)} requests a minute. An admin can allow more: requestsPerMinute, of the {(caller.User is null ? "key" : "user")} or of the namespace."
            : $"{_options.AnonymousRequestsPerMinute} requests a minute are served to an address that shows no valid credential.";
        return Problems.RateLimited(detail, seconds);
    }
}
