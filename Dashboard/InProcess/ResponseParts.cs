using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ScheduleZero.Dashboard.InProcess;

/// <summary>
/// The status and headers of an answer of REST in this process, with what is to be done before they are fixed and after
/// the answer.
/// </summary>
internal sealed class ResponseParts : IHttpResponseFeature
{
    private readonly Stack<(Func<object, Task> Callback, object State)> _starting = new();
    private readonly Stack<(Func<object, Task> Callback, object State)> _completed = new();

    public int StatusCode { get; set; } = StatusCodes.Status200OK;

    public string? ReasonPhrase { get; set; }

    public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

    /// <summary>The stream of an interface that nobody asks: the body has a feature of its own.</summary>
    public Stream Body { get; set; } = Stream.Null;

    public bool HasStarted { get; private set; }

    public void OnStarting(Func<object, Task> callback, object state) => _starting.Push((callback, state));

    public void OnCompleted(Func<object, Task> callback, object state) => _completed.Push((callback, state));

    /// <summary>Fixes status and headers.</summary>
    /// <returns>False when they were fixed before.</returns>
    public async Task<bool> StartAsync()
    {
        if (HasStarted)
        {
            return false;
        }

        while (_starting.TryPop(out var step))
        {
            await step.Callback(step.State);
        }

        HasStarted = true;
        return true;
    }

    /// <summary>Does what is to be done after the answer.</summary>
    public async Task FinishAsync()
    {
        while (_completed.TryPop(out var step))
        {
            await step.Callback(step.State);
        }
    }
}
