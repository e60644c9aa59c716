using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>
/// Events that wait to be sent, in order. Log lines are bounded here; progress holds a place in the line, and the
/// newest word takes it. Not safe by itself: the <see cref="AttemptBook"/>'s lock guards it.
/// </summary>
internal sealed class ReportQueue(int logLinesMax)
{
    private const int EventsMax = 256;
    private const int BytesTarget = 64 * 1024;
    private const int LogCharsMax = 8 * 1024 * 1024;

    private readonly Queue<Entry> _waiting = new();
    private int _logLines;
    private int _logChars;

    public void Add(ReportEvent e) => _waiting.Enqueue(new Entry(e, null));

    /// <summary>False: there is no room, and the line is dropped.</summary>
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

    public void AddProgress(HeldAttempt attempt, ReportEvent e)
    {
        var hasPlace = attempt.PendingProgress is not null;
        attempt.PendingProgress = e;
        if (!hasPlace)
        {
            _waiting.Enqueue(new Entry(null, attempt));
        }
    }

    /// <summary>
    /// Whatever waits, up to about 64 KiB or 256 events, and at least one event; null when nothing does.
    /// </summary>
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

    /// <summary>
    /// Puts the line right for a new session: what could not be sent comes first, final events last and each once, and
    /// nothing of attempts that are no longer held.
    /// </summary>
    public void Restart(IReadOnlyList<ReportEvent> unsent, IEnumerable<ReportEvent> finals, Predicate<AttemptId> isHeld)
    {
        var before = _waiting.ToArray();
        _waiting.Clear();
        foreach (var e in unsent.Where(e => Survives(e, isHeld)))
        {
            Count(e, 1);
            Add(e);
        }

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

    // A pong answers a probe of the session that is gone.
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
