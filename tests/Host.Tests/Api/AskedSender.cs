namespace ScheduleZero.Host.Tests.Api;

/// <summary>
/// Sends a large body only when the server asks for it. Otherwise a body that the server refuses unread would be cut
/// off in the middle, and the client would not get the reason.
/// </summary>
internal sealed class AskedSender()
    : DelegatingHandler(new SocketsHttpHandler { Expect100ContinueTimeout = Timeout.InfiniteTimeSpan })
{
    private const int LargeBytes = 64 * 1024;

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        if (request.Content is { Headers.ContentLength: > LargeBytes } && request.Headers.ExpectContinue is null)
        {
            request.Headers.ExpectContinue = true;
        }

        return base.SendAsync(request, cancellationToken);
    }
}
