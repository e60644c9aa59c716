using ScheduleZero.Client;

namespace ScheduleZero.Dashboard.Pages.Activity;

/// <summary>
/// Reads the broker events of one choice for one page: first those that the Broker still has, then each as it happens,
/// until it is disposed.
/// </summary>
internal sealed class EventReading : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<DateTimeOffset> _begun = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly Action _came;

    /// <param name="came">Called on any thread when something has come; must not wait.</param>
    public EventReading(ScheduleZeroClient client, EventFilter filter, EventRows rows, Action came)
    {
        (Rows, _came) = (rows, came);
        _ = Task.Run(() => ReadAsync(client, filter));
    }

    public EventRows Rows { get; }

    /// <summary>
    /// Completes when the events are read that the Broker still had, with the instant from which on it has all of the
    /// namespace. Fails when REST refuses.
    /// </summary>
    public Task<DateTimeOffset> Begun => _begun.Task;

    /// <summary>Why the events ended; null while they come.</summary>
    public ScheduleZeroException? Failure { get; private set; }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task ReadAsync(ScheduleZeroClient client, EventFilter filter)
    {
        var stop = _stop.Token;
        var notes = new StreamNotes { Lost = Rows.NoteLost, Since = since => _begun.TrySetResult(since) };
        try
        {
            await foreach (var happened in client.EventsAsync(filter, notes, stop))
            {
                Rows.Add(happened);
                _came();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _begun.TrySetCanceled(stop);
        }
        catch (ScheduleZeroException e)
        {
            Failure = e;
            _begun.TrySetException(e);
            _came();
        }
    }
}
