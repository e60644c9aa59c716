using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.HandlerAgent.Attempts;
using ScheduleZero.Triggers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// Runs occurrences offline: adds those that are due, begins their attempts, and decides what follows when an attempt
/// ends. Not safe by itself: the lock of the <see cref="OfflineCustodian"/> guards every member.
/// </summary>
/// <param name="reports">Receives every occurrence that has ended, once that is on the disk.</param>
/// <param name="listener">Receives what the attempts report.</param>
/// <param name="chance">Draws a number from [0, 1), by which retries are spread over time.</param>
internal sealed class OfflineOccurrences(
    Ledger ledger,
    RunReportQueue reports,
    AttemptBook book,
    IOccurrenceListener listener,
    TimeProvider time,
    Func<double> chance,
    ILogger logger
)
{
    private const int WaitingMax = 10_000;
    private const int KnownMax = 10_000;

    /// <summary>The time that an attempt has to end when a later occurrence takes its place.</summary>
    private static readonly TimeSpan CancelGrace = TimeSpan.FromSeconds(10);

    private readonly OccurrenceTable _table = new();

    /// <summary>
    /// The newest attempt that the Broker assigned of each schedule in custody, by the schedule's id.
    /// </summary>
    private readonly Dictionary<Guid, AttemptId> _assigned = [];

    /// <summary>The ids of occurrences that the Broker has, and that must not begin here.</summary>
    private readonly Recent<JobId> _known = new(KnownMax);

    /// <summary>The notes of what happened to occurrences that are not on the disk yet, in order.</summary>
    private readonly List<LedgerNote> _notes = [];

    /// <summary>
    /// Whether an occurrence is due and could not begin, because there is no room or another one runs before it.
    /// </summary>
    public bool IsHeldUp { get; private set; }

    /// <summary>
    /// Restores the occurrences that the process before this one left unfinished. Attempts that ran then run no more,
    /// and count as lost.
    /// </summary>
    public void Restore()
    {
        foreach (
            var occurrence in ledger
                .Entries.Select(entry => entry.UnderWay)
                .OfType<Occurrence>()
                .OrderBy(o => o.Nominal)
                .ToList()
        )
        {
            _table.Add(occurrence);
            if (occurrence.IsLost)
            {
                logger.AttemptLost(occurrence.Nominal, occurrence.Schedule.Name);
                Fail(occurrence, OfflineErrors.Lost);
            }
        }
    }

    /// <summary>Whether the occurrence has begun here, so that the report of its run settles the job.</summary>
    public bool HasRun(JobId id) => ledger.TryFind(id, out _) || _notes.Exists(note => note.Occurrence.Id == id);

    /// <summary>Remembers an occurrence that the Broker has assigned: the agent must not begin it.</summary>
    /// <param name="custody">The schedules in custody, of which the occurrence may be one's.</param>
    public void RememberAssigned(
        AssignedAttempt assigned,
        AssignedSchedule schedule,
        IEnumerable<CustodySchedule> custody
    )
    {
        _known.Add(assigned.JobId);
        var origin = custody.FirstOrDefault(held =>
            OccurrenceId.Of(new ScheduleId(held.Schedule.ScheduleId), schedule.Nominal) == assigned.JobId
        );
        if (origin is not null)
        {
            _assigned[origin.Schedule.ScheduleId] = assigned.AttemptId;
        }
    }

    /// <summary>Remembers an occurrence whose run the Broker has: the agent must not begin it again.</summary>
    public void RememberReported(LedgerEntry entry) => _known.Add(entry.Id);

    /// <summary>Adds an occurrence that is due, unless it has begun before, here or at the Broker.</summary>
    /// <param name="after">An occurrence whose effective instant is not after this one is the Broker's.</param>
    public void AddDue(CustodySchedule held, DateTimeOffset nominal, DateTimeOffset after, DateTimeOffset now)
    {
        var schedule = held.Schedule;
        var id = OccurrenceId.Of(new ScheduleId(schedule.ScheduleId), nominal);
        var effective =
            schedule.Jitter > TimeSpan.Zero ? OccurrenceId.Effective(id, nominal, schedule.Jitter) : nominal;
        Unqueue(schedule.ScheduleId);
        if (
            effective <= after
            || held.IsExcluded(nominal)
            || HasRun(id)
            || _known.Contains(id)
            || _table.Contains(schedule.ScheduleId, id)
        )
        {
            return;
        }

        var occurrence = new Occurrence(held.Copy, nominal, id, now, effective);
        if (_table.All.Count >= WaitingMax)
        {
            Miss(occurrence, $"{WaitingMax} occurrences wait for room already");
        }
        else
        {
            AddByOverlapRule(occurrence);
        }
    }

    /// <summary>Removes the occurrences that have not begun: they are the Broker's again.</summary>
    public void RemoveUnbegun()
    {
        foreach (var occurrence in _table.All.Where(o => o.Attempts == 0).ToList())
        {
            _table.Remove(occurrence);
        }
    }

    /// <summary>
    /// Ends attempts that have run longer than the time-out of their schedule. Nobody waits for their code any more.
    /// </summary>
    public void EndOverdue()
    {
        var stamp = time.GetTimestamp();
        foreach (var occurrence in _table.All.Where(o => o.Attempt is not null && o.GiveUpAt <= stamp).ToList())
        {
            var attempt = occurrence.Attempt!;
            Fail(occurrence, OfflineErrors.TimedOut(occurrence.Schedule.Timeout));
            attempt.Cancel(CancelReason.TimedOut);
        }
    }

    /// <summary>Ends an attempt whose code has ended, and decides whether another one follows.</summary>
    public void End(Occurrence occurrence, HeldAttempt attempt, ReportEvent final)
    {
        if (occurrence.Attempt != attempt)
        {
            return; // The attempt was ended before, by its time-out or a cancel.
        }

        switch (final.Type)
        {
            case ReportEventTypes.Succeeded when OfflineRunSize.ProblemOf(final.Result) is { } problem:
                Fail(occurrence, problem);
                break;
            case ReportEventTypes.Succeeded:
                Finish(occurrence, final.Result, null);
                break;
            case ReportEventTypes.Cancelled:
                Fail(
                    occurrence,
                    attempt.CancelReason == CancelReason.Cancelled ? OfflineErrors.Cancelled : AttemptErrors.Stopping
                );
                break;
            default:
                Fail(occurrence, final.Error!);
                break;
        }
    }

    /// <summary>Writes what has happened to the journal, and begins the attempts that may begin.</summary>
    /// <param name="allowNew">Whether occurrences that have not begun yet may begin.</param>
    /// <returns>The attempts to be run now; the journal says on the disk that they begin.</returns>
    /// <exception cref="IOException">Nothing was written, and nothing begins.</exception>
    public IReadOnlyList<HeldAttempt> Begin(bool allowNew)
    {
        var now = time.GetUtcNow();
        var held = Hold(allowNew, now);
        if (held.Count + _notes.Count == 0)
        {
            return [];
        }

        IReadOnlyList<LedgerEntry> entries;
        try
        {
            entries = ledger.Write([
                .. _notes,
                .. held.Select(begun => new LedgerNote.Begun(begun.Occurrence, begun.Occurrence.Attempts + 1, now)),
            ]);
        }
        catch
        {
            held.ForEach(begun => book.ReleaseOwn(begun.Attempt));
            throw;
        }

        _notes.Clear();
        foreach (var ended in entries.Where(entry => entry.HasEnded))
        {
            reports.AddEnded(ended);
        }

        foreach (var (occurrence, attempt) in held)
        {
            occurrence.Begin(occurrence.Attempts + 1, now);
            (occurrence.Attempt, occurrence.IsQueued) = (attempt, false);
            occurrence.GiveUpAt = Stamp(occurrence.Schedule.Timeout);
        }

        return held.ConvertAll(begun => begun.Attempt);
    }

    /// <summary>
    /// How long from now the next occurrence may begin or the next attempt times out; null when neither will happen.
    /// </summary>
    public TimeSpan? NextIn(bool allowNew, DateTimeOffset now)
    {
        TimeSpan? next = null;
        foreach (var occurrence in _table.All)
        {
            TimeSpan? wait =
                occurrence.Attempt is not null ? time.GetElapsedTime(time.GetTimestamp(), occurrence.GiveUpAt)
                : (allowNew || occurrence.Attempts > 0) && occurrence.RunAt > now ? occurrence.RunAt - now
                : null;
            next = next is null || wait < next ? wait ?? next : next;
        }

        return next;
    }

    private List<(Occurrence Occurrence, HeldAttempt Attempt)> Hold(bool allowNew, DateTimeOffset now)
    {
        IsHeldUp = false;
        var held = new List<(Occurrence, HeldAttempt)>();
        var full = new HashSet<string>(StringComparer.Ordinal);
        foreach (
            var occurrence in _table
                .All.Where(o => o.Attempt is null && o.RunAt <= now && (allowNew || o.Attempts > 0))
                .OrderBy(o => o.RunAt)
                .ToList()
        )
        {
            var method = occurrence.Schedule.Method;
            if (!book.Offers(method))
            {
                Fail(occurrence, OfflineErrors.NotOffered(method));
            }
            else if (full.Contains(method) || (occurrence.IsQueued && MustWait(occurrence.Schedule.ScheduleId)))
            {
                IsHeldUp = true;
            }
            else if (
                book.TryHoldOwn(occurrence.NextAttempt(), new OccurrenceListener(listener, occurrence)) is { } attempt
            )
            {
                held.Add((occurrence, attempt));
            }
            else
            {
                IsHeldUp = true;
                full.Add(method);
            }
        }

        return held;
    }

    private void AddByOverlapRule(Occurrence occurrence)
    {
        var scheduleId = occurrence.Schedule.ScheduleId;
        var queued = _table.QueuedOf(scheduleId);
        switch (OverlapRule.Decide(occurrence.Schedule.Overlap, MustWait(scheduleId), isOneWaiting: queued is not null))
        {
            case OverlapAnswer.Start:
                _table.Add(occurrence);
                break;
            case OverlapAnswer.MissBehindWaiting:
                Miss(
                    occurrence,
                    $"the occurrence before is unfinished, and that of {queued!.Nominal:O} waits for it already"
                );
                break;
            case OverlapAnswer.Wait:
                Queue(occurrence);
                break;
            case OverlapAnswer.ReplacePrevious:
                foreach (var previous in _table.Of(scheduleId).ToList())
                {
                    MakePlace(previous, occurrence.Nominal);
                }

                Queue(occurrence);
                break;
            default:
                Miss(occurrence, "the occurrence before is unfinished");
                break;
        }
    }

    /// <summary>Misses, fails or cancels an occurrence because a later one takes its place.</summary>
    private void MakePlace(Occurrence previous, DateTimeOffset later)
    {
        if (previous.Attempts == 0)
        {
            _table.Remove(previous);
            Miss(previous, $"that of {later:O} took its place before its turn came");
        }
        else if (previous.Attempt is not { } attempt)
        {
            Fail(previous, OfflineErrors.Cancelled);
        }
        else if (!previous.IsCancelled)
        {
            previous.IsCancelled = true;
            previous.GiveUpAt = Math.Min(previous.GiveUpAt, Stamp(CancelGrace));
            attempt.Cancel(CancelReason.Cancelled);
        }
    }

    private void Fail(Occurrence occurrence, AttemptError error)
    {
        error = occurrence.IsCancelled ? OfflineErrors.Cancelled : OfflineErrors.Fit(error);
        var retry = occurrence.Schedule.Retry;
        if (!error.Retryable || occurrence.Attempts >= retry.MaxAttempts)
        {
            Finish(occurrence, default, error);
            return;
        }

        occurrence.Fail(
            error,
            time.GetUtcNow() + (error.RetryAfter ?? retry.DelayAfter(occurrence.Attempts, chance()))
        );
        _notes.Add(new LedgerNote.Failed(occurrence, error, occurrence.RunAt, occurrence.Log));
    }

    private void Finish(Occurrence occurrence, RawJson result, AttemptError? error)
    {
        occurrence.Attempt = null;
        _table.Remove(occurrence);
        _notes.Add(new LedgerNote.Ended(occurrence, occurrence.ToEnded(result, error, time.GetUtcNow())));
    }

    private void Miss(Occurrence occurrence, string reason) =>
        _notes.Add(new LedgerNote.Ended(occurrence, occurrence.ToMissed(reason)));

    // Lets a queued occurrence wait only for its own instant once those before it have ended, and another may queue.
    private void Unqueue(Guid scheduleId)
    {
        if (_table.QueuedOf(scheduleId) is { } queued && !MustWait(scheduleId))
        {
            queued.IsQueued = false;
        }
    }

    private void Queue(Occurrence occurrence)
    {
        occurrence.IsQueued = true;
        _table.Add(occurrence);
    }

    // Whether an occurrence must wait for another. An attempt that the Broker assigned counts too: it is an occurrence
    // of the same schedule.
    private bool MustWait(Guid scheduleId) =>
        _table.HasUnqueued(scheduleId)
        || (_assigned.TryGetValue(scheduleId, out var assigned) && book.IsRunning(assigned));

    /// <summary>The reading of the steady clock after this time.</summary>
    private long Stamp(TimeSpan ahead) => time.GetTimestamp() + (long)(ahead.TotalSeconds * time.TimestampFrequency);
}
