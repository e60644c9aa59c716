using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ScheduleZero.Dashboard.InProcess;

/// <summary>
/// The body of a request, whole in memory. A route limits it as it limits bodies that come over the network: whoever
/// reads a larger one fails with 413.
/// </summary>
internal sealed class RequestBody(byte[] bytes) : MemoryStream(bytes, writable: false), IHttpMaxRequestBodySizeFeature
{
    public bool IsReadOnly => Position > 0;

    public long? MaxRequestBodySize { get; set; }

    public override int Read(byte[] buffer, int offset, int count)
    {
        RequireLimit();
        return base.Read(buffer, offset, count);
    }

    public override int Read(Span<byte> buffer)
    {
        RequireLimit();
        return base.Read(buffer);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        RequireLimit();
        return base.ReadAsync(buffer, offset, count, cancellationToken);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        RequireLimit();
        return base.ReadAsync(buffer, cancellationToken);
    }

    public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        RequireLimit();
        return base.CopyToAsync(destination, bufferSize, cancellationToken);
    }

    private void RequireLimit()
    {
        if (Length > MaxRequestBodySize)
        {
            throw new BadHttpRequestException(
                $"The body has {Length} bytes. At most {MaxRequestBodySize} are read here.",
                StatusCodes.Status413PayloadTooLarge
            );
        }
    }
}
