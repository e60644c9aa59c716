using ScheduleZero.Testing.Time;

namespace ScheduleZero.Testing.Brokers;

/// <summary>
/// Sends requests to the Broker that runs at the moment; nobody answers while none does. Virtual time waits for a
/// request's answer.
/// </summary>
internal sealed class RestGate(Driver driver, Func<VirtualBroker?> broker) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var asked = broker() ?? throw new HttpRequestException("The simulated Broker does not run.");
        var gone = asked.Gone;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, gone);
        var code = driver.Begin(
            () => $"REST has not answered {request.Method} {request.RequestUri?.PathAndQuery}.",
            RunningCode.Current,
            isRequest: true
        );
        RunningCode.Current = code;
        try
        {
            return await asked.Rest.SendAsync(request, either.Token);
        }
        catch (Exception e) when (gone.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException("The simulated Broker's process ended before it answered.", e);
        }
        finally
        {
            code.End();
        }
    }
}
