using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>
/// The attempts of an agent, which outlive every connection: those that run, how others ended until the Broker has
/// acknowledged it, and the events that wait to be sent. One lock guards all three, so that an attempt that ends is at
/// no moment in none of them. The lock is held briefly, and code of others runs outside it. Safe from any thread.
/// </summary>
internal sealed class AttemptBook(
    IReadOnlyDictionary<string, Method> methods,
    HandlerAgentOptions options,
    IServiceScopeFactory scopes,
    TimeProvider time,
    ILogger logger
)
{
    private readonly Lock _lock = new();
    private readonly RunningAttempts _running = new(options.Capacity);
    private readonly Outbox _outbox = new();
    private readonly ReportQueue _reports = new(options.PendingLogLinesMax);
    private readonly StopSignals _stop = new();

    /// <summary>The most bytes of JSON that a result may have. Written under the lock, and read without it.</summary>
    private int _resultBytesMax = Limits.ResultBytesMaxDefault;

    /// <summary>Raised outside the lock when the code of an attempt has ended, on the thread of that attempt.</summary>
    public event Action? RoomFreed;

    /// <summary>The lease of the session, by which attempts of the Broker know how long they are alone.</summary>
    public LeaseClock Lease { get; } = new(time);

    public TimeProvider Time => time;

    /// <summary>How many bytes of JSON a result may have, as the Broker said last.</summary>
    public int ResultBytesMax => Volatile.Read(ref _resultBytesMax);

    /// <summary>Begins to run an attempt, and returns at once; the thread pool unless a test says otherwise.</summary>
    internal Action<HeldAttempt> Run { get; init; } =
        static attempt => ThreadPool.UnsafeQueueUserWorkItem(attempt, preferLocal: false);

    /// <summary>
    /// Set while events wait to be sent. The writer of the session takes the signal; there is one writer at a time.
    /// </summary>
    public Signal ReportsWaiting { get; } = new();

    /// <summary>A task that ends when no attempt runs after <see cref="Drain"/>.</summary>
    public Task WhenIdle => _stop.WhenIdle;

    /// <summary>
    /// A task that ends when no attempt runs after <see cref="Drain"/> and every final event is acknowledged.
    /// </summary>
    public Task WhenSettled => _stop.WhenSettled;

    /// <summary>
    /// How many attempts the Broker may have open here at once: none once the agent is stopping, and the fewer the more
    /// attempts of its own the agent runs.
    /// </summary>
    public int Capacity
    {
        get
        {
            lock (_lock)
            {
                return _stop.IsDraining ? 0 : Math.Max(options.Capacity - _running.OwnCount, 0);
            }
        }
    }

    /// <summary>Whether the agent is stopping.</summary>
    public bool IsDraining => _stop.IsDraining;

    /// <summary>Whether an attempt of the Broker runs here, or its end is not acknowledged.</summary>
    public bool HoldsAttempts
    {
        get
        {
            lock (_lock)
            {
                return _running.AssignedCount + _outbox.Count > 0;
            }
        }
    }

    /// <summary>The number of final events that no Broker has acknowledged.</summary>
    public int UnacknowledgedCount
    {
        get
        {
            lock (_lock)
            {
                return _outbox.Count;
            }
        }
    }

    /// <summary>Whether this handler offers the method.</summary>
    public bool Offers(string method) => methods.ContainsKey(method);

    /// <summary>Whether the Broker assigned the attempt, and it runs here.</summary>
    public bool IsRunning(AttemptId id)
    {
        lock (_lock)
        {
            return _running.IsAssigned(id);
        }
    }

    /// <summary>
    /// Accepts an attempt and starts it, or rejects it. An attempt that is held, or was finished lately, is ignored.
    /// </summary>
    public void Assign(AssignedAttempt assigned)
    {
        HeldAttempt attempt;
        lock (_lock)
        {
            var id = assigned.AttemptId;
            if (_running.IsAssigned(id) || _outbox.Holds(id) || _outbox.WasSettled(id))
            {
                logger.DuplicateIgnored(id);
                return;
            }

            if (ReasonToRejectUnderLock(assigned.Method) is { } reason)
            {
                logger.Rejected(id, assigned.Method, reason);
                AddFinalUnderLock(ReportEvents.Rejected(assigned, reason));
                return;
            }

            attempt = HoldUnderLock(assigned, own: null);
        }

        Run(attempt);
    }

    /// <summary>
    /// Occupies room for an attempt that the agent begins by itself, if there is any. <see cref="Run"/> or
    /// <see cref="ReleaseOwn"/> must follow. The Broker is not told of the attempt.
    /// </summary>
    /// <param name="own">Receives what the attempt reports.</param>
    /// <returns>The attempt; null when there is no room.</returns>
    public HeldAttempt? TryHoldOwn(AssignedAttempt attempt, IOwnAttemptListener own)
    {
        lock (_lock)
        {
            return ReasonToRejectUnderLock(attempt.Method) is null ? HoldUnderLock(attempt, own) : null;
        }
    }

    /// <summary>Gives back the room of an attempt that <see cref="TryHoldOwn"/> gave and that is not run.</summary>
    public void ReleaseOwn(HeldAttempt attempt)
    {
        lock (_lock)
        {
            _running.Remove(attempt);
            _stop.Update(_running, _outbox);
        }
    }

    /// <summary>Called when the code of an attempt begins.</summary>
    public void Start(HeldAttempt attempt)
    {
        lock (_lock)
        {
            attempt.HasStarted = true;
            if (attempt.Own is null)
            {
                QueueUnderLock(ReportEvents.Started(attempt.Id));
            }
        }
    }

    /// <summary>
    /// Called when the code of an attempt has ended. The outcome goes to the outbox, unless the Broker gave the attempt
    /// up meanwhile: then nobody needs it.
    /// </summary>
    public void Finish(HeldAttempt attempt, ReportEvent final)
    {
        var bytesMax = ResultBytesMax;
        if (final.Result.Utf8.Length > bytesMax)
        {
            final = ReportEvents.Failed(
                attempt.Assigned,
                AttemptErrors.ResultTooLarge(final.Result.Utf8.Length, bytesMax)
            );
        }

        attempt.Own?.End(attempt, final);
        lock (_lock)
        {
            if (_running.Remove(attempt) && attempt.Own is null)
            {
                _reports.AddDroppedLines(attempt, time.GetUtcNow(), force: true);
                AddFinalUnderLock(final);
            }

            _stop.Update(_running, _outbox);
        }

        RoomFreed?.Invoke();
    }

    /// <summary>Queues the newest progress of an attempt of the Broker, in the place of one that waits.</summary>
    public void ReportProgress(HeldAttempt attempt, double percent, string? message)
    {
        lock (_lock)
        {
            if (_running.IsAssigned(attempt.Id))
            {
                _reports.AddProgress(attempt, ReportEvents.Progress(attempt.Id, percent, message));
                ReportsWaiting.Set();
            }
        }
    }

    /// <summary>Queues a line of the job's log, or counts it as dropped when too many wait.</summary>
    public void Log(HeldAttempt attempt, LogLevel level, string message)
    {
        attempt.Own?.Log(attempt, level, message);
        lock (_lock)
        {
            if (_running.IsAssigned(attempt.Id))
            {
                _reports.AddLine(attempt, level, message, time.GetUtcNow());
                ReportsWaiting.Set();
            }
        }
    }

    /// <summary>Queues the answer to a probe of the Broker.</summary>
    public void Pong(string nonce)
    {
        lock (_lock)
        {
            QueueUnderLock(ReportEvents.Pong(nonce));
        }
    }

    /// <summary>Asks an attempt to stop, if it runs here, as the Broker wants.</summary>
    public void Cancel(CancelledAttempt cancelled)
    {
        HeldAttempt? attempt;
        lock (_lock)
        {
            attempt = _running.Find(cancelled.AttemptId);
        }

        attempt?.Cancel(CancelReasons.Read(cancelled.Reason));
    }

    /// <summary>Asks every attempt to stop.</summary>
    public void CancelAll(CancelReason reason)
    {
        List<HeldAttempt> attempts;
        lock (_lock)
        {
            attempts = _running.ToList();
        }

        attempts.ForEach(attempt => attempt.Cancel(reason));
    }

    /// <summary>Removes the end of an attempt that the Broker has acknowledged, so that it is not sent again.</summary>
    public void Acknowledge(AcknowledgedAttempt acknowledged)
    {
        lock (_lock)
        {
            if (_outbox.Acknowledge(acknowledged.AttemptId))
            {
                _stop.Update(_running, _outbox);
            }
        }

        if (acknowledged.Outcome == ErrorCodes.Superseded)
        {
            logger.ResultSuperseded(acknowledged.AttemptId);
        }
    }

    /// <summary>The attempts of the Broker that run here, or whose end is not acknowledged, for Hello.</summary>
    public IReadOnlyList<ResumedAttempt> ListHeld()
    {
        lock (_lock)
        {
            return
            [
                .. _running.Assigned.Select(held => new ResumedAttempt(held.Id, held.Assigned.FencingToken)),
                .. _outbox.Finals.Select(e => new ResumedAttempt(e.AttemptId!.Value, e.FencingToken ?? 0)),
            ];
        }
    }

    /// <summary>
    /// The ids of the same attempts, for Heartbeat: an attempt that has ended needs its lease until its final event is
    /// acknowledged.
    /// </summary>
    public IReadOnlyList<AttemptId> ListHeldIds()
    {
        lock (_lock)
        {
            return [.. _running.Assigned.Select(held => held.Id), .. _outbox.AttemptIds];
        }
    }

    /// <summary>
    /// Begins a session: attempts that the Broker gave up are forgotten and cancelled, and everything that is not
    /// acknowledged is sent again.
    /// </summary>
    public void Resume(Welcome welcome)
    {
        var abandoned = new List<HeldAttempt>();
        lock (_lock)
        {
            _resultBytesMax = welcome.MaxResultBytes;
            foreach (var id in welcome.Abandoned)
            {
                _outbox.GiveUp(id);
                if (_running.GiveUp(id) is { } attempt)
                {
                    abandoned.Add(attempt);
                }
            }

            _reports.Restart(_outbox.Finals, id => _running.IsAssigned(id) || _outbox.Holds(id));
            ReportsWaiting.Set();
            _stop.Update(_running, _outbox);
        }

        foreach (var attempt in abandoned)
        {
            logger.Abandoned(attempt.Id);
            attempt.Cancel(CancelReason.Abandoned);
        }
    }

    /// <summary>The events to be sent next, in order; null when none wait.</summary>
    public List<ReportEvent>? TakeReport()
    {
        lock (_lock)
        {
            return _reports.Take();
        }
    }

    /// <summary>Puts back events that the connection did not accept; they come first in the next session.</summary>
    public void PutBack(List<ReportEvent> unsent)
    {
        lock (_lock)
        {
            _reports.PutBack(unsent);
        }
    }

    /// <summary>
    /// Begins the stop of the agent: from now on the capacity is 0, and attempts that are assigned all the same are
    /// rejected.
    /// </summary>
    public void Drain()
    {
        lock (_lock)
        {
            _stop.Drain();
            _stop.Update(_running, _outbox);
        }
    }

    /// <summary>Why an attempt of the method cannot be accepted; null if it can.</summary>
    private string? ReasonToRejectUnderLock(string method)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread, "The caller holds the lock.");
        return !methods.TryGetValue(method, out var offered) ? "This handler does not offer the method."
            : _stop.IsDraining ? "The handler is stopping."
            : _running.HasRoom(offered) ? null
            : "The handler has no room.";
    }

    private HeldAttempt HoldUnderLock(AssignedAttempt assigned, IOwnAttemptListener? own)
    {
        var attempt = new HeldAttempt(assigned, methods[assigned.Method], this, scopes, own);
        _running.Add(attempt);
        return attempt;
    }

    private void AddFinalUnderLock(ReportEvent final)
    {
        _outbox.Add(final);
        QueueUnderLock(final);
    }

    private void QueueUnderLock(ReportEvent e)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread, "The caller holds the lock.");
        _reports.Add(e);
        ReportsWaiting.Set();
    }
}
