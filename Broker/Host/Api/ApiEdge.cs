using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>
/// The outermost step of REST, which puts problem details on every refusal, and is the one place that catches
/// exceptions.
/// </summary>
internal sealed class ApiEdge(RequestDelegate next, StrangerLines lines, ILogger<ApiEdge> logger)
{
    private const int ClientGone = 499;

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (http.Response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null })
            {
                HeadRequests.Allow(http.Response);
                await Problems.FromStatus(http.Response.StatusCode).ExecuteAsync(http);
            }
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone, so there is nobody to answer, and nothing is wrong with the Broker.
            if (!http.Response.HasStarted)
            {
                http.Response.StatusCode = ClientGone;
            }
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            await AnswerFor(e, http).ExecuteAsync(http);
        }
        catch (Exception e)
        {
            // The status was sent already, so to cut the connection is the only way left to say that the body is not
            // whole.
            if (lines.MayWrite("answers that failed", http.Connection.RemoteIpAddress))
            {
                logger.AnswerCut(e, http.Request.Method, http.Request.Path);
            }

            http.Abort();
        }
    }

    private ProblemAnswer AnswerFor(Exception exception, HttpContext http)
    {
        switch (exception)
        {
            case BrokerBusyException:
                return Problems.Busy;
            case TooManySignInsException:
                return Problems.TooManySignIns;
            case BrokerStoppedException:
                return Problems.Stopped;
            case BadHttpRequestException bad:
                return Problems.FromStatus(bad.StatusCode);
            case var unreadable when EdgeServer.IsUnreadableBody(unreadable):
                EdgeServer.CloseAfter(http);
                return Problems.UnreadableBody;
            default:
                // The exception is a fault of the Broker. A stranger may cause it again and again, so its lines of the
                // log are bounded.
                if (lines.MayWrite("requests that failed", http.Connection.RemoteIpAddress))
                {
                    logger.RequestFailed(exception, http.Request.Method, http.Request.Path);
                }

                return Problems.Internal;
        }
    }
}
