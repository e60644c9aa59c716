using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Live;

/// <summary>
/// A page that shows the newest rows of a stream of REST: it reads the stream that its address chooses, and draws what
/// has come as often as other pages read.
/// </summary>
public abstract class StreamPage<T> : LivePage
{
    /// <summary>How many rows a page holds and shows at most.</summary>
    public const int RowsMax = 500;

    private StreamReading<T>? _reading;

    /// <summary>What the reading is for.</summary>
    private object? _read;

    /// <summary>The rows, newest first; null before they are there.</summary>
    protected IReadOnlyList<T>? Shown { get; private set; }

    /// <summary>The instant from which on all that was asked for was there when the page began.</summary>
    protected DateTimeOffset Since { get; private set; }

    /// <summary>Whether the page reads its stream.</summary>
    protected bool IsReading => _reading is not null;

    /// <summary>What is missing in between the rows, in sentences that begin with a blank; empty for nothing.</summary>
    protected string Omissions => _reading?.Rows.Omissions ?? "";

    /// <summary>What the address of the page chooses. Another choice is another stream.</summary>
    protected abstract object Choice { get; }

    /// <inheritdoc/>
    // The page reads a stream of its own.
    protected override bool Concerns(BrokerEvent happened) => false;

    /// <summary>The stream of the choice; null when the choice makes no sense.</summary>
    private protected abstract Func<StreamNotes, CancellationToken, IAsyncEnumerable<T>>? StreamOf();

    /// <inheritdoc/>
    protected override async Task ReadAsync(CancellationToken cancellationToken)
    {
        var choice = (Namespace, Choice);
        if (!choice.Equals(_read))
        {
            _reading?.Dispose();
            (Shown, _read) = (null, choice);
            _reading = StreamOf() is { } open ? new StreamReading<T>(open, new StreamRows<T>(RowsMax), Wake) : null;
        }

        if (_reading is not { } reading)
        {
            return;
        }

        try
        {
            var since = await reading.DrawAsync(cancellationToken);
            if (reading == _reading)
            {
                (Shown, Since) = (reading.Rows.Shown, since);
            }
        }
        catch (TaskCanceledException) when (reading != _reading)
        {
            // Another stream is wanted meanwhile, and is being read.
        }
        catch (ScheduleZeroException) when (reading == _reading)
        {
            // The next read tries again.
            _read = null;
            throw;
        }
    }

    /// <inheritdoc/>
    protected override ValueTask CloseAsync()
    {
        _reading?.Dispose();
        return ValueTask.CompletedTask;
    }
}
