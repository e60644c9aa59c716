using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http.Metadata;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Telemetry;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Throttling;

/// <summary>
/// Limits how many bytes of large bodies are read and handled at once: in all, and of one caller. A body goes on to
/// count against its caller for a while after its answer, since the store must still write it, and everybody's commits
/// wait for that. The meter <c>ScheduleZero.Broker</c> counts refusals.
/// </summary>
internal sealed class LargeBodies
{
    public const string RefusedName = "schedulezero.broker.refused_bodies";

    /// <summary>The size up to which bodies are not counted, in bytes.</summary>
    public const long SmallBytesMax = Limits.SmallBodyBytesMax;

    /// <summary>How many bytes one caller may have under way: the largest body, once.</summary>
    public const long BytesOfCallerMax = BodyLimit.BatchBytesMax;

    private const int RetryAfterSecondsMax = 5;

    private static readonly object Nobody = new();

    private readonly Lock _gate = new();
    private readonly Dictionary<object, Holding> _ofCallers = [];
    private readonly long _bytesMax;
    private readonly long _bytesPerSecond;
    private readonly TimeProvider _time;
    private readonly Counter<long> _refused;
    private long _reserved;

    public LargeBodies(LargeBodyOptions options, TimeProvider time, IMeterFactory meters)
    {
        _bytesMax = options.BytesMax;
        _bytesPerSecond = options.BytesPerSecond;
        _time = time;
        _refused = meters
            .Create(BrokerMeter.Name)
            .CreateCounter<long>(RefusedName, "{request}", "Requests whose large bodies found no room.");
    }

    public long BytesTaken
    {
        get
        {
            lock (_gate)
            {
                return _reserved;
            }
        }
    }

    /// <summary>
    /// Reserves room for a body. Null when there is no room now; disposing the share gives the room back.
    /// </summary>
    /// <param name="retryAfterSeconds">Seconds until there may be room; 0 when there is room now.</param>
    public Share? TryReserve(object caller, long bytes, out int retryAfterSeconds)
    {
        lock (_gate)
        {
            Forget();
            var holding = _ofCallers.GetValueOrDefault(caller) ?? new Holding();
            var excess = holding.UnderWay + holding.Answered + bytes - BytesOfCallerMax;
            if (_reserved + bytes <= _bytesMax && excess <= 0)
            {
                _reserved += bytes;
                holding.UnderWay += bytes;
                _ofCallers[caller] = holding;
                retryAfterSeconds = 0;
                return new Share(this, caller, bytes);
            }

            // Nobody knows when bodies under way will be answered, but answered bodies are forgotten at a known rate.
            retryAfterSeconds =
                holding.UnderWay > 0 || excess <= 0
                    ? RetryAfterSecondsMax
                    : Math.Clamp((int)Math.Ceiling((double)excess / _bytesPerSecond), 1, RetryAfterSecondsMax);
        }

        _refused.Add(1);
        return null;
    }

    // Subtracts answered bytes at the known rate. The call goes through all callers, since few send large bodies at a
    // time.
    private void Forget()
    {
        var now = _time.GetTimestamp();
        foreach (var (caller, holding) in _ofCallers)
        {
            var forgotten = (long)(_time.GetElapsedTime(holding.Since, now).TotalSeconds * _bytesPerSecond);
            holding.Answered = Math.Max(0, holding.Answered - forgotten);
            holding.Since = now;
            if (holding is { UnderWay: 0, Answered: 0 })
            {
                _ofCallers.Remove(caller);
            }
        }
    }

    /// <summary>
    /// The step of a request that reserves room for its body. The step follows authentication, rate limits and
    /// authorization.
    /// </summary>
    public RequestDelegate Guard(RequestDelegate next) =>
        http => BytesOf(http) is > SmallBytesMax and var bytes ? HandleAsync(next, http, bytes) : next(http);

    private async Task HandleAsync(RequestDelegate next, HttpContext http, long bytes)
    {
        using var share = TryReserve((http.User as Caller)?.Partition ?? Nobody, bytes, out var retryAfterSeconds);
        if (share is null)
        {
            await Problems.TooManyLargeBodies(retryAfterSeconds).ExecuteAsync(http);
            return;
        }

        http.Features.Set<IBodyReservation>(share);
        await next(http);
    }

    // The length of the body or, when the request does not say it, the most that the route accepts. A body that is
    // longer than the route accepts needs no room, since it is refused by its length alone.
    private static long BytesOf(HttpContext http)
    {
        var request = http.Request;
        if (
            request.ContentLength is <= SmallBytesMax
            || (request.ContentLength is null && request.Headers.TransferEncoding.Count == 0)
        )
        {
            return 0;
        }

        var routeMax = http.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>()?.MaxRequestBodySize ?? 0;
        return request.ContentLength is not { } length ? routeMax
            : length <= routeMax ? length
            : 0;
    }

    private void GiveBack(object caller, long bytes, bool wasHandled)
    {
        lock (_gate)
        {
            _reserved -= bytes;
            Forget();
            var holding = _ofCallers[caller];
            holding.UnderWay -= bytes;
            holding.Answered += wasHandled ? bytes : 0;
            holding.Since = _time.GetTimestamp();
        }
    }

    /// <summary>The bytes that count against one caller. Changed only under the gate.</summary>
    private sealed class Holding
    {
        /// <summary>The number of bytes of requests that have not been answered.</summary>
        public long UnderWay { get; set; }

        /// <summary>The number of bytes of answered requests that still counted at <see cref="Since"/>.</summary>
        public long Answered { get; set; }

        /// <summary>When <see cref="Answered"/> was last brought up to date; a timestamp of the clock.</summary>
        public long Since { get; set; }
    }

    /// <summary>The room that one request has reserved.</summary>
    internal sealed class Share(LargeBodies bodies, object caller, long bytes) : IBodyReservation, IDisposable
    {
        private long _bytes = bytes;

        /// <inheritdoc/>
        public void Shrink(long length)
        {
            var kept = length > SmallBytesMax ? length : 0;
            if (kept < _bytes)
            {
                bodies.GiveBack(caller, _bytes - kept, wasHandled: false);
                _bytes = kept;
            }
        }

        public void Dispose()
        {
            if (_bytes > 0)
            {
                bodies.GiveBack(caller, _bytes, wasHandled: true);
                _bytes = 0;
            }
        }
    }
}
