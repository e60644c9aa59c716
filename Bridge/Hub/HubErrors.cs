using Microsoft.AspNetCore.SignalR;
using ScheduleZero.Edges;

namespace ScheduleZero.Bridge.Hub;

/// <summary>
/// Logs the failures of hub methods that only a bug can cause. SignalR's own log of failed calls is off, since it
/// writes a stack trace for every refusal, which any caller can cause.
/// </summary>
internal sealed class HubErrors(StrangerLines lines, ILogger<HubErrors> log) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext,
        Func<HubInvocationContext, ValueTask<object?>> next
    )
    {
        try
        {
            return await next(invocationContext);
        }
        catch (Exception e) when (e is not (HubException or OperationCanceledException))
        {
            if (
                lines.MayWrite(
                    "calls that failed",
                    invocationContext.Context.GetHttpContext()?.Connection.RemoteIpAddress
                )
            )
            {
                log.CallFailed(e, invocationContext.HubMethodName);
            }

            throw;
        }
    }
}
