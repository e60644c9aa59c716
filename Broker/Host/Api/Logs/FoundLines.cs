using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Logs;

/// <summary>
/// The newest lines that a search has found so far, and the place after which it has looked at every line.
/// </summary>
/// <param name="linesMax">How many lines are held at most: the newest ones.</param>
/// <param name="after">The place after which lines are wanted, in Core's count; 0 for all.</param>
internal sealed class FoundLines(int linesMax, long after)
{
    private readonly long _after = after;

    // The oldest line comes first. Lines of runs without the Broker may share a sequence with others.
    private readonly PriorityQueue<(long Sequence, JobLine Line), (long Sequence, Guid Job)> _lines = new();

    /// <summary>The place after which every line of the choice was looked at.</summary>
    public long WholeAfter { get; private set; } = after;

    /// <summary>The instant after which every line of the choice was looked at.</summary>
    /// <param name="beginning">The instant where nothing was left out.</param>
    public DateTimeOffset WholeSince(DateTimeOffset beginning) =>
        WholeAfter == 0 ? beginning : LogPlace.InstantOf(WholeAfter);

    /// <summary>The place of the oldest line that can still become a part of the answer.</summary>
    public long Floor => _lines.Count == linesMax ? Math.Max(_lines.Peek().Sequence, _after) : _after;

    public void Add(LogEntry row, JobLine line)
    {
        if (row.Sequence <= _after)
        {
            return;
        }

        _lines.Enqueue((row.Sequence, line), (row.Sequence, line.JobId.Value));
        if (_lines.Count > linesMax)
        {
            _lines.Dequeue();
        }
    }

    /// <summary>Notes that lines up to a place were not looked at.</summary>
    public void NoteUnread(long upTo) => WholeAfter = Math.Max(WholeAfter, upTo);

    /// <summary>
    /// Takes the lines out, oldest first. The oldest ones stay away when all are too long for one answer.
    /// </summary>
    public IReadOnlyList<JobLine> Take()
    {
        var isFull = _lines.Count == linesMax;
        List<(long Sequence, JobLine Line)> sorted = [];
        while (_lines.TryDequeue(out var line, out _))
        {
            sorted.Add(line);
        }

        if (isFull && sorted.Count > 0)
        {
            NoteUnread(sorted[0].Sequence - 1);
        }

        var bytes = 0L;
        for (var at = sorted.Count - 1; at >= 0; at--)
        {
            bytes += (long)sorted[at].Line.Message.Length * sizeof(char);
            if (bytes > Limits.PageBytesMax && at < sorted.Count - 1)
            {
                NoteUnread(sorted[at].Sequence);
                sorted.RemoveRange(0, at + 1);
                break;
            }
        }

        return [.. sorted.Select(line => line.Line)];
    }
}
