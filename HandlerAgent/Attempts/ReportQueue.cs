using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>
/// The events that wait to be sent, in order. Log lines are bounded here. The progress of an attempt has one place in
/// the queue, which the newest value takes. Not safe by itself: the lock of the <see cref="AttemptBook"/> guards every
/// member.
/// </summary>
/// <param name="logLinesMax">How many log lines may wait, those of all attempts together.</param>
internal sealed class ReportQueue(int logLinesMax)
{
    private const int EventsMax = 256;
    private const int BytesTarget = 64 * 1024;
    private const int LogCharsMax = 8 * 1024 * 1024;

    private readonly Queue<Entry> _waiting = new();

    /// <summary>Events that the last connection did not take; they come before all others.</summary>
    private List<ReportEvent> _unsent = [];

    /// <summary>The number of log lines that wait.</summary>
    private int _logLines;

    /// <summary>The number of characters of the log lines that wait.</summary>
    private int _logChars;

    /// <summary>Adds an event that is never dropped.</summary>
    public void Add(ReportEvent e) => _waiting.Enqueue(new Entry(e, null));

    /// <summary>Adds a line to the log of an attempt, or counts the line as dropped when too many wait.</summary>
    public void AddLine(HeldAttempt attempt, LogLevel level, string message, DateTimeOffset now)
    {
        AddDroppedLines(attempt, now, force: false);
        // While lines before this one are dropped and no line says so, this one must not stand where they are missing.
        if (attempt.DroppedLines > 0 || !TryAddLog(ReportEvents.Log(attempt.Id, level, message, now), force: false))
        {
            attempt.DroppedLines++;
        }
    }

    /// <summary>Says in the log of an attempt how many lines were dropped, if any were and there is room.</summary>
    /// <param name="force">
    /// Also where there is no room, because the attempt has ended and its log must not look whole. One line over the
    /// bound for each attempt is a bound too.
    /// </param>
    public void AddDroppedLines(HeldAttempt attempt, DateTimeOffset now, bool force)
    {
        if (attempt.DroppedLines == 0)
        {
            return;
        }

        var told = ReportEvents.Log(
            attempt.Id,
            LogLevel.Warning,
            $"{attempt.DroppedLines} log lines were dropped: they came faster than they could be sent.",
            now
        );
        if (TryAddLog(told, force))
        {
            attempt.DroppedLines = 0;
        }
    }

    /// <summary>Adds a log line.</summary>
    /// <param name="force">Whether the line is added beyond the bound.</param>
    /// <returns>False when there is no room, and the line is dropped.</returns>
    public bool TryAddLog(ReportEvent e, bool force)
    {
        if (!force && (_logLines >= logLinesMax || _logChars >= LogCharsMax))
        {
            return false;
        }

        Count(e, 1);
        Add(e);
        return true;
    }

    /// <summary>Adds the newest progress of an attempt, or puts it in the place of one that waits.</summary>
    public void AddProgress(HeldAttempt attempt, ReportEvent e)
    {
        var hasPlace = attempt.PendingProgress is not null;
        attempt.PendingProgress = e;
        if (!hasPlace)
        {
            _waiting.Enqueue(new Entry(null, attempt));
        }
    }

    /// <summary>Takes the events to be sent next: at least one, up to about 64 KiB or 256 events.</summary>
    /// <returns>The events; null when none wait.</returns>
    public List<ReportEvent>? Take()
    {
        List<ReportEvent>? taken = null;
        var bytes = 0;
        while ((taken?.Count ?? 0) < EventsMax && _waiting.TryPeek(out var entry))
        {
            var e = entry.Event ?? entry.ProgressOf!.PendingProgress!;
            bytes += ReportEvents.SizeOf(e);
            if (taken is not null && bytes > BytesTarget)
            {
                break;
            }

            Remove(_waiting.Dequeue());
            (taken ??= []).Add(e);
        }

        return taken;
    }

    /// <summary>Puts back events that a connection did not accept, until the next session begins.</summary>
    public void PutBack(List<ReportEvent> unsent) => _unsent = unsent;

    /// <summary>
    /// Puts the queue in order for a new session: events that were not sent come first, final events last and each
    /// once, and nothing is left of attempts that are no longer held.
    /// </summary>
    /// <param name="finals">The final events that no Broker has acknowledged.</param>
    /// <param name="isHeld">Whether an attempt runs here, or its end is not acknowledged.</param>
    public void Restart(IEnumerable<ReportEvent> finals, Predicate<AttemptId> isHeld)
    {
        var before = _waiting.ToArray();
        _waiting.Clear();
        foreach (var e in _unsent.Where(e => Survives(e, isHeld)))
        {
            Count(e, 1);
            Add(e);
        }

        _unsent = [];
        foreach (var entry in before)
        {
            if (entry.ProgressOf is { } attempt ? isHeld(attempt.Id) : Survives(entry.Event!, isHeld))
            {
                _waiting.Enqueue(entry);
            }
            else
            {
                Remove(entry);
            }
        }

        foreach (var e in finals)
        {
            Add(e);
        }
    }

    // A final event is added at the end, and a pong answers a probe of the session that is gone.
    private static bool Survives(ReportEvent e, Predicate<AttemptId> isHeld) =>
        !ReportEventTypes.IsFinal(e.Type) && e.AttemptId is { } id && isHeld(id);

    private void Remove(Entry entry)
    {
        if (entry.ProgressOf is { } attempt)
        {
            attempt.PendingProgress = null;
        }
        else
        {
            Count(entry.Event!, -1);
        }
    }

    private void Count(ReportEvent e, int by)
    {
        if (e.Type == ReportEventTypes.Log)
        {
            _logLines += by;
            _logChars += by * e.Message!.Length;
        }
    }

    private readonly record struct Entry(ReportEvent? Event, HeldAttempt? ProgressOf);
}
