using System.Text;
using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>
/// Cuts a command's output into the lines that a person at a terminal would read. A carriage return begins the line
/// again, so that a progress bar is its newest state and not a thousand lines. A line longer than a log message comes
/// in pieces.
/// </summary>
/// <param name="show">Receives one line, or one piece of a long line, without its end.</param>
/// <param name="time">Says how long a line that is written over again and again has not been shown.</param>
internal sealed class OutputLines(Action<string> show, TimeProvider time)
{
    private static readonly TimeSpan OverwrittenShownEvery = TimeSpan.FromSeconds(5);

    private readonly StringBuilder _line = new();
    private long _lastShown = time.GetTimestamp();

    // How many characters at the beginning of the line are shown already.
    private int _shown;

    // Whether the last character was a carriage return.
    private bool _isReturned;

    // Whether the line is too long and is shown in pieces.
    private bool _isContinued;

    /// <summary>Whether a line has begun that is not shown yet, such as a prompt.</summary>
    public bool HasUnshown => _line.Length > _shown;

    public void Add(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            Add(c);
        }
    }

    /// <summary>Shows what the unfinished line holds; only what comes after is shown later.</summary>
    public void ShowUnfinished()
    {
        // A character of two halves is shown when it is whole.
        var end = _line.Length - (_line.Length > _shown && char.IsHighSurrogate(_line[^1]) ? 1 : 0);
        if (end > _shown)
        {
            Show(_line.ToString(_shown, end - _shown));
            _shown = end;
        }
    }

    private void Add(char c)
    {
        if (c == '\n')
        {
            EndLine();
            return;
        }

        if (c == '\r')
        {
            _isReturned = true;
            return;
        }

        if (_isReturned)
        {
            BeginAgain();
        }

        _line.Append(c);
        if (_line.Length >= Limits.LogMessageLengthMax)
        {
            ShowUnfinished();
            _line.Remove(0, _shown);
            _shown = 0;
            _isContinued = true;
        }
    }

    private void EndLine()
    {
        if (HasUnshown || (_shown == 0 && !_isContinued))
        {
            Show(_line.ToString(_shown, _line.Length - _shown));
        }

        Clear();
    }

    private void BeginAgain()
    {
        if (time.GetElapsedTime(_lastShown) >= OverwrittenShownEvery)
        {
            ShowUnfinished();
        }

        Clear();
    }

    private void Clear()
    {
        _line.Clear();
        (_shown, _isReturned, _isContinued) = (0, false, false);
    }

    private void Show(string line)
    {
        _lastShown = time.GetTimestamp();
        show(line);
    }
}
