using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.HandlerAgent.Attempts;
using ScheduleZero.Triggers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// The occurrences that are run here and have not ended: takes instants that are due, begins attempts, and says what
/// follows when they end. The keeper's lock guards it.
/// </summary>
/// <param name="own">Hears what the attempts say.</param>
internal sealed class OfflineRuns(
    Ledger ledger,
    RanQueue said,
    AttemptBook book,
    IOwnAttempts own,
    TimeProvider time,
    Func<double> chance,
    ILogger logger
)
{
    private const int WaitingMax = 10_000;
    private const int KnownMax = 10_000;

    /// <summary>How long an attempt that is to make place for a later one may take to end.</summary>
    private static readonly TimeSpan CancelGrace = TimeSpan.FromSeconds(10);

    private readonly List<Occurrence> _underWay = []; // In the order in which they were taken.
    private readonly Dictionary<Guid, List<Occurrence>> _bySchedule = [];
    private readonly Dictionary<Guid, AttemptId> _received = [];
    private readonly Recent<JobId> _known = new(KnownMax);
    private readonly List<LedgerNote> _notes = []; // Not on the disk yet.

    /// <summary>Something could begin but for room, or for what runs before it.</summary>
    public bool IsHeldUp { get; private set; }

    public bool HasNotes => _notes.Count > 0;

    /// <summary>What the process before this one left: what ran then, runs no more.</summary>
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
            Add(occurrence);
            if (occurrence.IsLost)
            {
                logger.AttemptLost(occurrence.Nominal, occurrence.Schedule.Name);
                Fail(occurrence, OfflineErrors.Lost);
            }
        }
    }

    /// <summary>Whether the report of what ran here settles the job.</summary>
    public bool Settles(JobId id) => ledger.TryFind(id, out _) || _notes.Exists(note => note.Occurrence.Id == id);

    /// <summary>The Broker has assigned an occurrence: it is not for the agent to begin.</summary>
    public void Receive(AssignedAttempt assigned, AssignedSchedule schedule, IEnumerable<KeptSlot> slots)
    {
        _known.Add(assigned.JobId);
        var its = slots.FirstOrDefault(slot =>
            OccurrenceId.Of(new ScheduleId(slot.Schedule.ScheduleId), schedule.Nominal) == assigned.JobId
        );
        if (its is not null)
        {
            _received[its.Schedule.ScheduleId] = assigned.AttemptId;
        }
    }

    /// <summary>The Broker has it.</summary>
    public void Forget(LedgerEntry entry) => _known.Add(entry.Id);

    /// <param name="after">An occurrence that was to start by then is the Broker's.</param>
    public void Take(KeptSlot slot, DateTimeOffset nominal, DateTimeOffset after, DateTimeOffset now)
    {
        var schedule = slot.Schedule;
        var id = OccurrenceId.Of(new ScheduleId(schedule.ScheduleId), nominal);
        var effective =
            schedule.Jitter > TimeSpan.Zero ? OccurrenceId.Effective(id, nominal, schedule.Jitter) : nominal;
        var its = Of(schedule.ScheduleId);
        Unqueue(its);
        if (
            effective <= after
            || slot.IsExcluded(nominal)
            || Settles(id)
            || _known.Contains(id)
            || its.Exists(o => o.Id == id)
        )
        {
            return;
        }

        var occurrence = new Occurrence(slot.Copy, nominal, id, now, effective);
        if (_underWay.Count >= WaitingMax)
        {
            Miss(occurrence, $"{WaitingMax} occurrences wait for room already");
        }
        else
        {
            Overlap(occurrence, its);
        }
    }

    /// <summary>What has not begun is the Broker's again.</summary>
    public void DropUnbegun()
    {
        foreach (var occurrence in _underWay.Where(o => o.Attempts == 0).ToList())
        {
            Remove(occurrence);
        }
    }

    /// <summary>Gives up attempts that have run for too long: nobody waits for their code any more.</summary>
    public void EndOverdue()
    {
        var stamp = time.GetTimestamp();
        foreach (var occurrence in _underWay.Where(o => o.Attempt is not null && o.GiveUpAt <= stamp).ToList())
        {
            var attempt = occurrence.Attempt!;
            Fail(occurrence, OfflineErrors.TimedOut(occurrence.Schedule.Timeout));
            attempt.Cancel(CancelReason.TimedOut);
        }
    }

    /// <summary>The attempt's code has ended.</summary>
    public void End(Occurrence occurrence, HeldAttempt attempt, ReportEvent final)
    {
        if (occurrence.Attempt != attempt)
        {
            return; // It was given up before.
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

    /// <summary>Puts down all that is to be put down, and begins what may begin.</summary>
    /// <param name="allowNew">Also occurrences that have not begun yet.</param>
    /// <returns>Attempts that are to be run now: that they begin is on the disk.</returns>
    /// <exception cref="IOException">Nothing was put down, and nothing begins.</exception>
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
            entries = ledger.PutDown([
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
            said.Ended(ended);
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
    /// How long from now the next occurrence waits for its time, or an attempt for being given up; null when none does.
    /// </summary>
    public TimeSpan? NextIn(bool allowNew, DateTimeOffset now)
    {
        TimeSpan? next = null;
        foreach (var occurrence in _underWay)
        {
            TimeSpan? its =
                occurrence.Attempt is not null ? time.GetElapsedTime(time.GetTimestamp(), occurrence.GiveUpAt)
                : (allowNew || occurrence.Attempts > 0) && occurrence.RunAt > now ? occurrence.RunAt - now
                : null;
            next = next is null || its < next ? its ?? next : next;
        }

        return next;
    }

    private List<(Occurrence Occurrence, HeldAttempt Attempt)> Hold(bool allowNew, DateTimeOffset now)
    {
        IsHeldUp = false;
        var held = new List<(Occurrence, HeldAttempt)>();
        var full = new HashSet<string>(StringComparer.Ordinal);
        foreach (
            var occurrence in _underWay
                .Where(o => o.Attempt is null && o.RunAt <= now && (allowNew || o.Attempts > 0))
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
            else if (book.TryHoldOwn(occurrence.NextAttempt(), new OwnAttempt(own, occurrence)) is { } attempt)
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

    private void Overlap(Occurrence occurrence, List<Occurrence> its)
    {
        var queued = its.Find(o => o.IsQueued);
        switch (
            OverlapRule.Decide(
                occurrence.Schedule.Overlap,
                MustWait(occurrence.Schedule.ScheduleId),
                isOneWaiting: queued is not null
            )
        )
        {
            case OverlapAnswer.Start:
                Add(occurrence);
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
            case OverlapAnswer.TakePlace:
                foreach (var previous in its.ToList())
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

    private void MakePlace(Occurrence previous, DateTimeOffset later)
    {
        if (previous.Attempts == 0)
        {
            Remove(previous);
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
        Remove(occurrence);
        _notes.Add(new LedgerNote.Ended(occurrence, occurrence.ToEnded(result, error, time.GetUtcNow())));
    }

    private void Miss(Occurrence occurrence, string reason) =>
        _notes.Add(new LedgerNote.Ended(occurrence, occurrence.ToMissed(reason)));

    // One that only waits for its own time any more stands in nobody's place.
    private void Unqueue(List<Occurrence> its)
    {
        if (its.Find(o => o.IsQueued) is { } queued && !MustWait(queued.Schedule.ScheduleId))
        {
            queued.IsQueued = false;
        }
    }

    private void Queue(Occurrence occurrence)
    {
        occurrence.IsQueued = true;
        Add(occurrence);
    }

    // An attempt that the Broker assigned counts too: it is an occurrence of the same schedule.
    private bool MustWait(Guid scheduleId) =>
        Of(scheduleId).Exists(o => !o.IsQueued)
        || (_received.TryGetValue(scheduleId, out var assigned) && book.IsRunning(assigned));

    private List<Occurrence> Of(Guid scheduleId) => _bySchedule.GetValueOrDefault(scheduleId) ?? [];

    private void Add(Occurrence occurrence)
    {
        _underWay.Add(occurrence);
        if (!_bySchedule.TryGetValue(occurrence.Schedule.ScheduleId, out var its))
        {
            _bySchedule[occurrence.Schedule.ScheduleId] = its = [];
        }

        its.Add(occurrence);
    }

    private void Remove(Occurrence occurrence)
    {
        _underWay.Remove(occurrence);
        var its = Of(occurrence.Schedule.ScheduleId);
        its.Remove(occurrence);
        if (its.Count == 0)
        {
            _bySchedule.Remove(occurrence.Schedule.ScheduleId);
        }
    }

    private long Stamp(TimeSpan ahead) => time.GetTimestamp() + (long)(ahead.TotalSeconds * time.TimestampFrequency);
}

/// <summary>Hears what attempts of the agent's own say.</summary>
internal interface IOwnAttempts
{
    void Log(Occurrence occurrence, HeldAttempt attempt, LogLevel level, string message);

    void End(Occurrence occurrence, HeldAttempt attempt, ReportEvent final);
}

/// <summary>One attempt of an occurrence.</summary>
internal sealed class OwnAttempt(IOwnAttempts own, Occurrence occurrence) : IOwnAttempt
{
    public void Log(HeldAttempt attempt, LogLevel level, string message) =>
        own.Log(occurrence, attempt, level, message);

    public void End(HeldAttempt attempt, ReportEvent final) => own.End(occurrence, attempt, final);
}
