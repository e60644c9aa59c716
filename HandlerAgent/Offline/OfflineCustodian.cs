using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Attempts;
using ScheduleZero.HandlerAgent.Connection;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// Runs the schedules in custody while the Broker is out of reach, and reports the runs afterwards. Everything that
/// happens passes through one lock, which is held while the disk is written: what the agent believes is what the disk
/// says. Safe from any thread; problems of the disk are logged, and are never thrown.
/// </summary>
internal sealed class OfflineCustodian : IOfflineCustodian, IOccurrenceListener, IDisposable
{
    /// <summary>The time without a session after which the Broker counts as out of reach.</summary>
    public static readonly TimeSpan OutOfReachAfter = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How far the clocks of Broker and agent may differ without an instant falling through between them.
    /// </summary>
    public static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(2);

    /// <summary>The pause after which a disk that failed is tried again.</summary>
    public static readonly TimeSpan DiskPause = TimeSpan.FromSeconds(10);

    /// <summary>The longest time between two readings of the wall clock, which somebody may have set.</summary>
    private static readonly TimeSpan TurnEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();

    /// <summary>Attempts whose code has ended, until the next turn. Added without the lock.</summary>
    private readonly ConcurrentQueue<(Occurrence Occurrence, HeldAttempt Attempt, ReportEvent Final)> _ends = new();
    private readonly OfflineFolder _folder;
    private readonly AttemptBook _book;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _bytesMax;
    private readonly RunReportQueue _reports;
    private readonly OfflineOccurrences _occurrences;
    private readonly DueInstants _instants;
    private readonly RunAnswers _answers;
    private ITimer? _timer;
    private bool _isDisposed;

    /// <summary>Whether there is a session.</summary>
    private bool _isOpen;

    /// <summary>Whether schedules in custody fire here, because the Broker is out of reach.</summary>
    private bool _isFiring;

    /// <summary>Whether the journal has as many bytes as it may, and that has been logged.</summary>
    private bool _isFull;

    /// <summary>Whether the journal could not be read, and reports wait for the next turn.</summary>
    private bool _isUnreadable;

    /// <summary>When the disk last failed, by the steady clock; null when it works.</summary>
    private long? _brokenAt;

    /// <summary>When the last session ended, or the agent started, by the steady clock.</summary>
    private long _closedAt;

    /// <summary>The instant from which on instants are the agent's once the Broker is out of reach.</summary>
    private DateTimeOffset _fireFrom;

    /// <summary>Whether an occurrence waits for room. Written under the lock, and read without it.</summary>
    private volatile bool _isHeldUp;

    public OfflineCustodian(OfflineFolder folder, AgentParts parts, AttemptBook book)
    {
        (_folder, _book, _time, _logger, _bytesMax) = (
            folder,
            book,
            parts.Time,
            parts.Logger,
            parts.Options.OfflineBytesMax
        );
        _reports = new RunReportQueue(folder.Ledger);
        // The draws have a source of their own, because any thread may draw.
        var chance = new Random((int)(parts.Chance() * int.MaxValue));
        _occurrences = new OfflineOccurrences(
            folder.Ledger,
            _reports,
            book,
            this,
            parts.Time,
            chance.NextDouble,
            parts.Logger
        );
        _instants = new DueInstants(folder.Copies, _occurrences, book, parts.Logger);
        _answers = new RunAnswers(folder, _occurrences, parts.Time, parts.Logger);
        book.RoomFreed += RoomFreed;
    }

    public string Store => _folder.Custodian.Store;

    public void Start()
    {
        lock (_lock)
        {
            (_closedAt, _fireFrom) = (_time.GetTimestamp(), _time.GetUtcNow());
            _timer = _time.CreateTimer(_ => Turn(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _occurrences.Restore();
        }

        Turn();
    }

    public void SessionOpened()
    {
        lock (_lock)
        {
            if (_isFiring && _folder.Ledger.Entries.Count > 0)
            {
                _logger.BackInReach(_folder.Ledger.Entries.Count);
            }

            (_isOpen, _isFiring) = (true, false);
            _occurrences.RemoveUnbegun();
            _reports.Open();
        }

        Turn();
    }

    public void SessionClosed(TimeSpan silence)
    {
        lock (_lock)
        {
            if (!_isOpen)
            {
                return;
            }

            (_isOpen, _isFull) = (false, false);
            (_closedAt, _fireFrom) = (_time.GetTimestamp(), _time.GetUtcNow() - silence - ClockSlack);
            _reports.Close();
        }

        Turn();
    }

    public void ReceiveCopies(Keep keep)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _folder.Copies.Receive(keep);
            }
        }
    }

    public void ReceiveAnswer(Taken taken)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _reports.CountAnswer();
                _answers.Receive(taken);
            }
        }

        Turn();
    }

    public bool TrySettle(AssignedAttempt assigned)
    {
        lock (_lock)
        {
            if (_occurrences.HasRun(assigned.JobId))
            {
                _logger.AssignedAfterRun(assigned.AttemptId);
                return true;
            }

            if (assigned.Schedule is { } schedule)
            {
                _occurrences.RememberAssigned(assigned, schedule, _folder.Copies.Schedules);
            }

            return false;
        }
    }

    public Ran? TakeReport()
    {
        lock (_lock)
        {
            try
            {
                return _isUnreadable || _isDisposed ? null : _reports.Take();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _logger.JournalNotRead(e.Message);
                _isUnreadable = true;
                _timer?.Change(DiskPause, Timeout.InfiniteTimeSpan);
                return null;
            }
        }
    }

    void IOccurrenceListener.Log(Occurrence occurrence, HeldAttempt attempt, LogLevel level, string message)
    {
        lock (_lock)
        {
            if (occurrence.Attempt == attempt)
            {
                var line = ReportEvents.Log(attempt.Id, level, message, _time.GetUtcNow());
                occurrence.AddLine(
                    new OfflineLogLine(attempt.Assigned.Attempt, line.At!.Value, line.Level!, line.Message!)
                );
            }
        }
    }

    void IOccurrenceListener.End(Occurrence occurrence, HeldAttempt attempt, ReportEvent final)
    {
        // Attempts that end while the disk is written for others are written together.
        _ends.Enqueue((occurrence, attempt, final));
        Turn();
    }

    /// <summary>
    /// Closes the folder. Calls after that do nothing. Attempts that still run here count as lost at the next start.
    /// </summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                _timer?.Dispose();
                _folder.Dispose();
            }
        }
    }

    /// <summary>Called when an attempt has ended, so that an occurrence that waits for room may begin.</summary>
    private void RoomFreed()
    {
        if (_isHeldUp)
        {
            Turn();
        }
    }

    /// <summary>Does what is due, and plans the next turn.</summary>
    private void Turn()
    {
        IReadOnlyList<HeldAttempt> begun;
        lock (_lock)
        {
            if (_isDisposed || _timer is null)
            {
                return;
            }

            begun = StepUnderLock();
            _isHeldUp = _occurrences.IsHeldUp;
            PlanUnderLock(_timer);
            if (_isOpen)
            {
                _book.ReportsWaiting.Set();
            }
        }

        foreach (var attempt in begun)
        {
            _book.Run(attempt);
        }
    }

    /// <summary>Takes one step.</summary>
    /// <returns>The attempts to be run, outside the lock.</returns>
    private IReadOnlyList<HeldAttempt> StepUnderLock()
    {
        while (_ends.TryDequeue(out var end))
        {
            _occurrences.End(end.Occurrence, end.Attempt, end.Final);
        }

        _occurrences.EndOverdue();
        _isUnreadable = false;
        if (_brokenAt is { } at && _time.GetElapsedTime(at) < DiskPause)
        {
            return [];
        }

        var now = _time.GetUtcNow();
        var allowNew = MayBeginUnderLock();
        if (allowNew)
        {
            _instants.AddDueOccurrences(now);
        }

        return BeginUnderLock(allowNew);
    }

    private IReadOnlyList<HeldAttempt> BeginUnderLock(bool allowNew)
    {
        try
        {
            var length = _folder.Ledger.Length;
            var begun = _occurrences.Begin(allowNew);
            if (_brokenAt is not null && _folder.Ledger.Length > length)
            {
                _logger.JournalWrittenAgain();
            }

            _brokenAt = null;
            return begun;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_brokenAt is null)
            {
                _logger.JournalNotWritten(e.Message);
            }

            _brokenAt = _time.GetTimestamp();
            return [];
        }
    }

    /// <summary>Whether occurrences that have not begun yet may begin here.</summary>
    private bool MayBeginUnderLock()
    {
        if (_isOpen || _book.IsDraining || _time.GetElapsedTime(_closedAt) < OutOfReachAfter)
        {
            return false;
        }

        if (!_isFiring)
        {
            _isFiring = true;
            _instants.StartFrom(_fireFrom);
        }

        var isFull = _folder.Ledger.Length >= _bytesMax;
        if (isFull && !_isFull)
        {
            _logger.JournalFull(_folder.Ledger.Length);
        }

        return !(_isFull = isFull);
    }

    /// <summary>Sets the timer to the next turn.</summary>
    private void PlanUnderLock(ITimer timer)
    {
        var now = _time.GetUtcNow();
        var due = _brokenAt is { } brokenAt
            ? DiskPause - _time.GetElapsedTime(brokenAt)
            : new[] { _occurrences.NextIn(_isFiring, now), NextInstantInUnderLock(now) }.Min();
        if (due is not { } delay)
        {
            timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // The delay is rounded up to a millisecond: a timer that fires before its time would only be planned again.
        var whole = Math.Ceiling(Math.Clamp(delay.TotalMilliseconds, 0, TurnEvery.TotalMilliseconds));
        timer.Change(TimeSpan.FromMilliseconds(whole), Timeout.InfiniteTimeSpan);
    }

    /// <summary>How long from now instants must be searched again; null when there are none to find.</summary>
    private TimeSpan? NextInstantInUnderLock(DateTimeOffset now)
    {
        if (_isOpen || _isFull || _book.IsDraining || _folder.Copies.Schedules.Count == 0)
        {
            return null;
        }

        return _isFiring
            ? new[] { _instants.NextIn(now), TurnEvery }.Min()
            : OutOfReachAfter - _time.GetElapsedTime(_closedAt);
    }
}
