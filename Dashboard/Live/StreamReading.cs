using ScheduleZero.Client;

namespace ScheduleZero.Dashboard.Live;

/// <summary>
/// Reads a stream of REST for one page: first what the stream begins with, then what is new, until it is disposed.
/// </summary>
internal sealed class StreamReading<T> : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<DateTimeOffset> _begun = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly Action _came;

    /// <param name="open">Opens the stream.</param>
    /// <param name="came">Called on any thread when something has come; must not wait.</param>
    public StreamReading(
        Func<StreamNotes, CancellationToken, IAsyncEnumerable<T>> open,
        StreamRows<T> rows,
        Action came
    )
    {
        (Rows, _came) = (rows, came);
        _ = Task.Run(() => ReadAsync(open));
    }

    public StreamRows<T> Rows { get; }

    /// <summary>Why the stream ended; null while it goes on.</summary>
    private ScheduleZeroException? Failure { get; set; }

    /// <summary>
    /// Draws what has come, once all is there that the stream begins with. Fails when REST refuses.
    /// </summary>
    /// <returns>The instant from which on all that the stream begins with was there.</returns>
    public async Task<DateTimeOffset> DrawAsync(CancellationToken cancellationToken)
    {
        var since = await _begun.Task.WaitAsync(cancellationToken);
        if (Failure is { } failure)
        {
            throw failure;
        }

        Rows.Draw();
        return since;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task ReadAsync(Func<StreamNotes, CancellationToken, IAsyncEnumerable<T>> open)
    {
        var stop = _stop.Token;
        var notes = new StreamNotes { Lost = Rows.NoteLost, Since = since => _begun.TrySetResult(since) };
        try
        {
            await foreach (var row in open(notes, stop))
            {
                Rows.Add(row);
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
