using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http.Metadata;
using ScheduleZero.Broker.Host.Access;

namespace ScheduleZero.Broker.Host.Api.Requests;

/// <summary>
/// How many bytes of large bodies are read and handled at once: in all, and of one caller. The meter <c>ScheduleZero.Broker</c> counts refusals.
/// </summary>
internal sealed class LargeBodies
{
    public const string MeterName = "ScheduleZero.Broker";
    public const string RefusedName = "schedulezero.broker.refused_bodies";

    /// <summary>Bodies up to this size are not counted.</summary>
    public const long SmallBytesMax = 256 * 1024;

    public const long BytesMaxDefault = 256 * 1024 * 1024;

    private static readonly object Nobody = new();

    private readonly Lock _gate = new();
    private readonly Dictionary<object, long> _ofCallers = [];
    private readonly long _bytesMax;
    private readonly long _bytesOfCallerMax;
    private readonly Counter<long> _refused;
    private long _taken;

    public LargeBodies(BrokerApiOptions options, IMeterFactory meters)
    {
        _bytesMax = options.LargeBodiesBytesMax;
        // One who sends slowly holds a part of it for long, and shall not hold all; the largest body fits in any case.
        _bytesOfCallerMax = Math.Max(_bytesMax / 4, BodyLimit.BatchBytesMax);
        _refused = meters.Create(MeterName).CreateCounter<long>(RefusedName, "{request}", "Requests whose large bodies found no room.");
    }

    public long BytesTaken
    {
        get
        {
            lock (_gate)
            {
                return _taken;
            }
        }
    }

    /// <summary>Null when there is no room now; disposing gives it back.</summary>
    public Share? TryTake(object caller, long bytes)
    {
        lock (_gate)
        {
            var ofCaller = _ofCallers.GetValueOrDefault(caller);
            if (_taken + bytes <= _bytesMax && ofCaller + bytes <= _bytesOfCallerMax)
            {
                _taken += bytes;
                _ofCallers[caller] = ofCaller + bytes;
                return new Share(this, caller, bytes);
            }
        }

        _refused.Add(1);
        return null;
    }

    /// <summary>The step of a request that takes room for its body; after those that say who calls, how often, and whether they may.</summary>
    public RequestDelegate Guard(RequestDelegate next) => http =>
        BytesOf(http) is > SmallBytesMax and var bytes ? HandleAsync(next, http, bytes) : next(http);

    private async Task HandleAsync(RequestDelegate next, HttpContext http, long bytes)
    {
        using var share = TryTake((http.User as Caller)?.Partition ?? Nobody, bytes);
        if (share is null)
        {
            await Problems.TooManyLargeBodies.ExecuteAsync(http);
            return;
        }

        http.Features.Set(share);
        await next(http);
    }

    // What its length says or, without one, the most that may come. More than the route takes is refused by its length alone.
    private static long BytesOf(HttpContext http)
    {
        var request = http.Request;
        if (request.ContentLength is <= SmallBytesMax || (request.ContentLength is null && request.Headers.TransferEncoding.Count == 0))
        {
            return 0;
        }

        var routeMax = http.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>()?.MaxRequestBodySize ?? 0;
        return request.ContentLength is not { } length ? routeMax : length <= routeMax ? length : 0;
    }

    private void GiveBack(object caller, long bytes)
    {
        lock (_gate)
        {
            _taken -= bytes;
            if ((_ofCallers[caller] -= bytes) == 0)
            {
                _ofCallers.Remove(caller);
            }
        }
    }

    /// <summary>A request's part.</summary>
    internal sealed class Share(LargeBodies bodies, object caller, long bytes) : IDisposable
    {
        private long _bytes = bytes;

        /// <summary>The body has come, and is no larger than this: what was taken in advance is given back.</summary>
        public void Shrink(long length)
        {
            var kept = length > SmallBytesMax ? length : 0;
            if (kept < _bytes)
            {
                bodies.GiveBack(caller, _bytes - kept);
                _bytes = kept;
            }
        }

        public void Dispose() => Shrink(0);
    }
}
