using Microsoft.AspNetCore.Http.Metadata;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>The most bytes that the server reads of the body of a route's request.</summary>
internal sealed class BodyLimit(long bytesMax) : IRequestSizeLimitMetadata
{
    public const long SmallBytesMax = 64 * 1024;
    public const long BatchBytesMax = 32 * 1024 * 1024;

    public long? MaxRequestBodySize { get; } = bytesMax;
}
