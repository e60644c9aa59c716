using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Pages.OneJob;

/// <summary>The newest lines of a log that a page follows. Older lines leave the window as new ones come.</summary>
internal sealed class LogWindow(int linesMax)
{
    private readonly Queue<LogLine> _lines = new();

    public IEnumerable<LogLine> Lines => _lines;

    public int Count => _lines.Count;

    /// <summary>Whether the log has lines before those of the window.</summary>
    public bool HasOlder { get; private set; }

    /// <summary>The sequence of the newest line that was put in; null before the first one.</summary>
    public long? Last { get; private set; }

    /// <summary>The sequence of the oldest line of the window; null when the window is empty.</summary>
    public long? First => _lines.TryPeek(out var line) ? line.Sequence : null;

    /// <summary>Forgets everything, for another log.</summary>
    public void Clear()
    {
        _lines.Clear();
        (HasOlder, Last) = (false, null);
    }

    /// <summary>Puts in the lines that a log had when the page began to follow it.</summary>
    public void Begin(IReadOnlyList<LogLine> lines, bool hasOlder)
    {
        Clear();
        Add(lines);
        HasOlder |= hasOlder;
    }

    /// <summary>Puts in new lines. A line that came before is passed over.</summary>
    public void Add(IEnumerable<LogLine> lines)
    {
        foreach (var line in lines)
        {
            if (line.Sequence <= Last)
            {
                continue;
            }

            _lines.Enqueue(line);
            Last = line.Sequence;
            if (_lines.Count > linesMax)
            {
                _lines.Dequeue();
                HasOlder = true;
            }
        }
    }
}
