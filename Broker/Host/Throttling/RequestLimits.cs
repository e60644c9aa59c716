using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Dashboard.InProcess;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Throttling;

/// <summary>
/// Limits how many requests a minute are served: to each key and each user, to each namespace that has a limit, and to
/// each address that shows no valid credential. Health checks are counted apart, by address. Requests are counted in
/// windows of a minute, by this process alone. The framework's meter <c>Microsoft.AspNetCore.RateLimiting</c> counts
/// the refused ones.
/// </summary>
internal sealed class RequestLimits
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly RequestLimitOptions _options;
    private readonly Func<object, FixedWindowRateLimiterOptions> _ofCaller;
    private readonly Func<object, FixedWindowRateLimiterOptions> _ofAddress;
    private readonly Func<object, FixedWindowRateLimiterOptions> _ofProber;
    private readonly Func<object, FixedWindowRateLimiterOptions> _ofPages;

    private RequestLimits(RequestLimitOptions options)
    {
        _options = options;
        _ofCaller = partition =>
            Of(
                (partition as Caller)?.RequestsPerMinute
                    ?? (partition as Caller.UserPartition)?.RequestsPerMinute
                    ?? options.RequestsPerMinute
            );
        _ofAddress = _ => Of(options.AnonymousRequestsPerMinute);
        _ofPages = _ => Of(Math.Max(options.PageReadsPerMinute, options.RequestsPerMinute));
        _ofProber = _ => Of(options.HealthRequestsPerMinute);
    }

    public static IServiceCollection AddTo(IServiceCollection services, RequestLimitOptions options)
    {
        var limits = new RequestLimits(options);
        services
            .AddOptions<RateLimiterOptions>()
            .Configure<Roster>(
                (limiter, roster) =>
                {
                    limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
                        PartitionedRateLimiter.Create<HttpContext, object>(limits.PartitionOf),
                        PartitionedRateLimiter.Create<HttpContext, NamespaceLimit>(http =>
                            NamespacePartitionOf(http, roster)
                        )
                    );
                    limiter.OnRejected = (rejected, _) =>
                        new ValueTask(
                            limits.Refusal(rejected.HttpContext, rejected.Lease).ExecuteAsync(rejected.HttpContext)
                        );
                }
            );
        return services.AddRateLimiter();
    }

    private static FixedWindowRateLimiterOptions Of(int permits) =>
        new()
        {
            PermitLimit = permits,
            Window = Window,
            QueueLimit = 0,
        };

    private int PermitsOf(Caller caller) => caller.RequestsPerMinute ?? _options.RequestsPerMinute;

    private RateLimitPartition<object> PartitionOf(HttpContext http) =>
        IsProbe(http)
            ? RateLimitPartition.GetFixedWindowLimiter<object>(
                new Prober(ClientNetwork.Of(http.Connection.RemoteIpAddress)),
                _ofProber
            )
        : IsReadOfPage(http)
            ? RateLimitPartition.GetFixedWindowLimiter<object>(new PageReader(((Caller)http.User).Partition), _ofPages)
        : http.User is Caller caller ? RateLimitPartition.GetFixedWindowLimiter(caller.Partition, _ofCaller)
        : RateLimitPartition.GetFixedWindowLimiter<object>(
            ClientNetwork.Of(http.Connection.RemoteIpAddress),
            _ofAddress
        );

    // A page of the dashboard reads at a pace of its own, and each user has few pages. Were these requests counted with
    // the others, who looks at a page would have none left. Acts from pages are counted with the others.
    private static bool IsReadOfPage(HttpContext http) =>
        http.Features.Get<DashboardRequest>() is not null
        && (
            HttpMethods.IsGet(http.Request.Method)
            || http.GetEndpoint()?.Metadata.GetMetadata<ReadsByPost>() is not null
        )
        && http.User is Caller;

    /// <summary>A user whose pages read, which is counted apart from the user's other requests.</summary>
    private sealed record PageReader(object Caller);

    private static bool IsProbe(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<ProbeRoute>() is not null;

    /// <summary>An address that makes health checks, which are counted apart from its other requests.</summary>
    private sealed record Prober(System.Net.IPAddress Network);

    private readonly record struct NamespaceLimit(string Namespace, int RequestsPerMinute);

    // Only callers with a role in the namespace count, so that others cannot use up its limit.
    private static NamespaceLimit? NamespaceLimitOf(HttpContext http, Roster roster) =>
        !IsReadOfPage(http)
        && http.User is Caller caller
        && http.GetRouteValue(PermissionRequirement.NamespaceRouteValue) is string ns
        && roster.FindNamespace(ns) is { Limits.RequestsPerMinute: { } max }
        && Authority.HasPlaceIn(caller, ns)
            ? new NamespaceLimit(ns, max)
            : null;

    private static RateLimitPartition<NamespaceLimit> NamespacePartitionOf(HttpContext http, Roster roster)
    {
        if (NamespaceLimitOf(http, roster) is not { } limit)
        {
            return RateLimitPartition.GetNoLimiter(default(NamespaceLimit));
        }

        // This limiter is reached only after the caller's own limit let the request pass. So if it refuses, the
        // namespace's limit is the reason, and the answer can say so.
        http.Features.Set(new AskedNamespace(limit));
        return RateLimitPartition.GetFixedWindowLimiter(limit, static limit => Of(limit.RequestsPerMinute));
    }

    private sealed record AskedNamespace(NamespaceLimit Limit);

    private ProblemAnswer Refusal(HttpContext http, RateLimitLease lease)
    {
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var left) ? left : Window;
        var seconds = Math.Clamp((int)Math.Ceiling(wait.TotalSeconds), 1, (int)Window.TotalSeconds);
        if (http.User is Caller)
        {
            // Only known callers are noted in the audit log. Strangers are without end, and the meter counts them.
            http.RequestServices.GetRequiredService<Denials>().Note(http, ErrorCodes.RateLimited);
        }

        return Problems.RateLimited(Advice(http, seconds), seconds);
    }

    /// <summary>Says which limit was reached, and what will help.</summary>
    private string Advice(HttpContext http, int seconds)
    {
        var wait = $"Come again in {seconds} s";
        if (IsProbe(http))
        {
            return $"{_options.HealthRequestsPerMinute} health checks a minute are served to an address. "
                + $"{wait}, or ask less often.";
        }

        if (http.User is not Caller caller)
        {
            return $"{_options.AnonymousRequestsPerMinute} requests a minute are served to an address that "
                + "shows no valid "
                + $"credential. {wait}, or show a key or an access token.";
        }

        if (http.Features.Get<AskedNamespace>() is { Limit: var (ns, max) })
        {
            return $"The callers of the namespace \"{ns}\" may make {max} requests a minute together. {wait}. "
                + $"An admin can allow more: PATCH /api/namespaces/{ns} with limits.requestsPerMinute, "
                + "or schedulezero namespaces set.";
        }

        var (who, how) = caller.User is { } user
            ? ("user", $"PATCH /api/users/{user.UserName} with requestsPerMinute, or schedulezero users set")
            : (
                "key",
                $"PATCH /api/namespaces/{caller.Key!.Namespace}/keys/{caller.Key.Id} with requestsPerMinute, "
                    + "or schedulezero keys change"
            );
        return $"This {who} may make {PermitsOf(caller)} requests a minute. "
            + $"{wait}, or submit many jobs in one request (POST …/jobs/batch). "
            + $"An admin can allow more: {how}; for all who have no figure of their own, broker --requests-per-minute.";
    }
}
