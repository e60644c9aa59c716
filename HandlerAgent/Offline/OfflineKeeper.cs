using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Attempts;
using ScheduleZero.HandlerAgent.Connection;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// Runs schedules while the Broker is out of reach, and tells it afterwards. All that happens passes through one lock,
/// which is held while the disk is written: what the agent believes is what the disk says. Safe from any thread; never
/// throws for what is wrong with the disk.
/// </summary>
internal sealed class OfflineKeeper : IOfflineCustody, IOwnAttempts, IDisposable
{
    /// <summary>Without a session for so long, the Broker is out of reach.</summary>
    public static readonly TimeSpan OutOfReachAfter = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How far the clocks of Broker and agent may differ without an instant falling through between them.
    /// </summary>
    public static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(2);

    /// <summary>When a disk that failed is tried again.</summary>
    public static readonly TimeSpan DiskPause = TimeSpan.FromSeconds(10);

    // So often the wall's clock is looked at: somebody may have set it.
    private static readonly TimeSpan TurnEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly ConcurrentQueue<(Occurrence Occurrence, HeldAttempt Attempt, ReportEvent Final)> _ends = new();
    private readonly OfflineFolder _folder;
    private readonly AttemptBook _book;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _bytesMax;
    private readonly RanQueue _said;
    private readonly OfflineRuns _runs;
    private readonly KeptInstants _instants;
    private readonly RanAnswers _answers;
    private ITimer? _timer;
    private bool _isDisposed;
    private bool _isOpen;
    private bool _fires;
    private bool _isFull;
    private bool _isUnread;
    private long? _brokenAt;
    private long _closedAt;
    private DateTimeOffset _lookFrom;
    private volatile bool _isHeldUp;

    public OfflineKeeper(OfflineFolder folder, AgentParts parts, AttemptBook book)
    {
        (_folder, _book, _time, _logger, _bytesMax) = (
            folder,
            book,
            parts.Time,
            parts.Logger,
            parts.Options.OfflineBytesMax
        );
        _said = new RanQueue(folder.Ledger);
        // Of its own: it is drawn from on any thread.
        var chance = new Random((int)(parts.Chance() * int.MaxValue));
        _runs = new OfflineRuns(folder.Ledger, _said, book, this, parts.Time, chance.NextDouble, parts.Logger);
        _instants = new KeptInstants(folder.Shelf, _runs, book, parts.Logger);
        _answers = new RanAnswers(folder, _runs, parts.Time, parts.Logger);
        book.RoomFreed += RoomFreed;
    }

    /// <summary>For Hello.</summary>
    public string Store => _folder.Keeper.Store;

    /// <summary>The agent begins to look for the Broker.</summary>
    public void Start()
    {
        lock (_lock)
        {
            (_closedAt, _lookFrom) = (_time.GetTimestamp(), _time.GetUtcNow());
            _timer = _time.CreateTimer(_ => Turn(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _runs.Restore();
        }

        Turn();
    }

    /// <summary>A session has begun: nothing new begins here, and the Broker is told all.</summary>
    public void SessionOpened()
    {
        lock (_lock)
        {
            if (_fires && _folder.Ledger.Entries.Count > 0)
            {
                _logger.BackInReach(_folder.Ledger.Entries.Count);
            }

            (_isOpen, _fires) = (true, false);
            _runs.DropUnbegun();
            _said.Open();
        }

        Turn();
    }

    /// <summary>There is no session any more.</summary>
    /// <param name="silence">How long ago the Broker was last heard.</param>
    public void SessionClosed(TimeSpan silence)
    {
        lock (_lock)
        {
            if (!_isOpen)
            {
                return;
            }

            (_isOpen, _isFull) = (false, false);
            (_closedAt, _lookFrom) = (_time.GetTimestamp(), _time.GetUtcNow() - silence - ClockSlack);
            _said.Close();
        }

        Turn();
    }

    public void TakeCopies(Keep keep)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _folder.Shelf.Hear(keep);
            }
        }
    }

    public void TakeAnswer(Taken taken)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _said.Answered();
                _answers.Hear(taken);
            }
        }

        Turn();
    }

    /// <summary>
    /// Whether an attempt that the Broker assigned is not to be run, because its occurrence ran here; if not, it is the
    /// Broker's from now on.
    /// </summary>
    public bool TryTakeAssigned(AssignedAttempt assigned)
    {
        lock (_lock)
        {
            if (_runs.Settles(assigned.JobId))
            {
                _logger.AssignedAfterRun(assigned.AttemptId);
                return true;
            }

            if (assigned.Schedule is { } schedule)
            {
                _runs.Receive(assigned, schedule, _folder.Shelf.Slots);
            }

            return false;
        }
    }

    /// <summary>What is to be said next of offline runs; null when all is said.</summary>
    public Ran? TakeReport()
    {
        lock (_lock)
        {
            try
            {
                return _isUnread || _isDisposed ? null : _said.Take();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _logger.JournalNotRead(e.Message);
                _isUnread = true;
                _timer?.Change(DiskPause, Timeout.InfiniteTimeSpan);
                return null;
            }
        }
    }

    void IOwnAttempts.Log(Occurrence occurrence, HeldAttempt attempt, LogLevel level, string message)
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

    void IOwnAttempts.End(Occurrence occurrence, HeldAttempt attempt, ReportEvent final)
    {
        // Those that end while the disk is written for others are written together.
        _ends.Enqueue((occurrence, attempt, final));
        Turn();
    }

    /// <summary>
    /// From now on it does nothing, whoever asks; what still runs here counts as lost at the next start.
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

    private void RoomFreed()
    {
        if (_isHeldUp)
        {
            Turn();
        }
    }

    private void Turn()
    {
        IReadOnlyList<HeldAttempt> begun;
        lock (_lock)
        {
            if (_isDisposed || _timer is null)
            {
                return;
            }

            begun = Step();
            _isHeldUp = _runs.IsHeldUp;
            Plan(_timer);
            if (_isOpen)
            {
                _book.ReportsWaiting.Set();
            }
        }

        foreach (var attempt in begun)
        {
            _book.RunOwn(attempt);
        }
    }

    private IReadOnlyList<HeldAttempt> Step()
    {
        while (_ends.TryDequeue(out var end))
        {
            _runs.End(end.Occurrence, end.Attempt, end.Final);
        }

        _runs.EndOverdue();
        _isUnread = false;
        if (_brokenAt is { } at && _time.GetElapsedTime(at) < DiskPause)
        {
            return [];
        }

        var now = _time.GetUtcNow();
        var allowNew = MayBegin();
        if (allowNew)
        {
            _instants.TakeDue(now);
        }

        return Begin(allowNew);
    }

    private IReadOnlyList<HeldAttempt> Begin(bool allowNew)
    {
        try
        {
            var length = _folder.Ledger.Length;
            var begun = _runs.Begin(allowNew);
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

    private bool MayBegin()
    {
        if (_isOpen || _book.IsDraining || _time.GetElapsedTime(_closedAt) < OutOfReachAfter)
        {
            return false;
        }

        if (!_fires)
        {
            _fires = true;
            _instants.LookFrom(_lookFrom);
        }

        var isFull = _folder.Ledger.Length >= _bytesMax;
        if (isFull && !_isFull)
        {
            _logger.JournalFull(_folder.Ledger.Length);
        }

        return !(_isFull = isFull);
    }

    private void Plan(ITimer timer)
    {
        var now = _time.GetUtcNow();
        var due = _brokenAt is { } brokenAt
            ? DiskPause - _time.GetElapsedTime(brokenAt)
            : new[] { _runs.NextIn(_fires, now), NextInstantIn(now) }.Min();
        if (due is not { } delay)
        {
            timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // Up to the next millisecond: a timer that fires before its time would only be planned again.
        var whole = Math.Ceiling(Math.Clamp(delay.TotalMilliseconds, 0, TurnEvery.TotalMilliseconds));
        timer.Change(TimeSpan.FromMilliseconds(whole), Timeout.InfiniteTimeSpan);
    }

    private TimeSpan? NextInstantIn(DateTimeOffset now)
    {
        if (_isOpen || _isFull || _book.IsDraining || _folder.Shelf.Slots.Count == 0)
        {
            return null;
        }

        return _fires
            ? new[] { _instants.NextIn(now), TurnEvery }.Min()
            : OutOfReachAfter - _time.GetElapsedTime(_closedAt);
    }
}
