using Microsoft.AspNetCore.Http;

namespace ScheduleZero.Dashboard.InProcess;

/// <summary>The pipeline of REST in this process, as requests from the network go through it.</summary>
internal sealed class BrokerPipeline(IHttpContextFactory contexts)
{
    private RequestDelegate? _rest;

    public IHttpContextFactory Contexts { get; } = contexts;

    public RequestDelegate Rest =>
        _rest ?? throw new InvalidOperationException("The pipeline of REST has not been built yet.");

    /// <summary>Names the pipeline. Called once, when the server's own pipeline is built.</summary>
    public void Open(RequestDelegate rest) => _rest = rest;
}
