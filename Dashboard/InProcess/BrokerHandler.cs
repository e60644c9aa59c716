using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace ScheduleZero.Dashboard.InProcess;

/// <summary>
/// Sends the requests of a typed client through the Broker's own pipeline of REST, without a network. So each request
/// is authenticated, limited, authorized, validated and audited as one from the network is.
/// </summary>
internal sealed class BrokerHandler(BrokerPipeline broker, IPageCaller caller) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        if (caller.AccessToken is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        var body = request.Content is { } content ? await content.ReadAsByteArrayAsync(cancellationToken) : null;
        var exchange = new Exchange(request, body, caller);
        using var registration = cancellationToken.UnsafeRegister(static state => ((Exchange)state!).Abort(), exchange);
        using (ExecutionContext.SuppressFlow())
        {
            // REST runs apart from the page: neither the page's thread rules nor its context belong to the request.
            _ = Task.Run(() => ServeAsync(exchange), CancellationToken.None);
        }

        try
        {
            return await exchange.Response;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new TaskCanceledException(null, null, cancellationToken);
        }
    }

    private async Task ServeAsync(Exchange exchange)
    {
        HttpContext? http = null;
        Exception? failure = null;
        try
        {
            http = broker.Contexts.Create(exchange.Features);
            await broker.Rest(http);
        }
        catch (Exception e)
        {
            // The pipeline answers failures itself. One that gets here becomes that of the page's call.
            failure = e;
        }

        await exchange.EndAsync(failure);
        if (http is not null)
        {
            broker.Contexts.Dispose(http);
        }
    }
}
