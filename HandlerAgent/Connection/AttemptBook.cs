using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>
/// Everything that outlives a connection: the attempts that run, the final events that are not acknowledged (the
/// outbox), and the events that wait to be sent. One lock, held briefly; safe from any thread.
/// </summary>
internal sealed class AttemptBook(
    IReadOnlyDictionary<string, Method> methods,
    HandlerAgentOptions options,
    IServiceScopeFactory scopes,
    TimeProvider time,
    ILogger logger
)
{
    private const int RecentMax = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<AttemptId, HeldAttempt> _running = [];
    private readonly Dictionary<AttemptId, HeldAttempt> _own = [];
    private readonly Dictionary<AttemptId, ReportEvent> _outbox = [];
    private readonly Dictionary<string, int> _executingByMethod = new(StringComparer.Ordinal);
    private readonly Recent<AttemptId> _recent = new(RecentMax);
    private readonly ReportQueue _reports = new(options.PendingLogLinesMax);
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _executing;
    private int _resultBytesMax = Limits.ResultBytesMaxDefault;
    private List<ReportEvent> _unsent = [];
    private bool _draining;

    public LeaseClock Lease { get; } = new(time);

    public TimeProvider Time => time;

    /// <summary>What a result may have, as the Broker said last.</summary>
    public int ResultBytesMax => Volatile.Read(ref _resultBytesMax);

    /// <summary>Where attempts run.</summary>
    internal Action<HeldAttempt> Run { get; init; } =
        static attempt => ThreadPool.UnsafeQueueUserWorkItem(attempt, preferLocal: false);

    /// <summary>Called when an attempt has ended, on its thread.</summary>
    public Action RoomFreed { get; set; } = static () => { };

    /// <summary>Set while events wait. The writer of the session takes the signal; there is one at a time.</summary>
    public Signal ReportsWaiting { get; } = new();

    /// <summary>
    /// Attempts that the Broker may have open here at once: none once the agent is stopping, and not where the agent's
    /// own run.
    /// </summary>
    public int Capacity
    {
        get
        {
            lock (_lock)
            {
                return _draining ? 0 : Math.Max(options.Capacity - _own.Count, 0);
            }
        }
    }

    public bool IsDraining
    {
        get
        {
            lock (_lock)
            {
                return _draining;
            }
        }
    }

    /// <summary>Whether an attempt of the Broker's runs here, or its end is not acknowledged.</summary>
    public bool HoldsAttempts
    {
        get
        {
            lock (_lock)
            {
                return _running.Count + _outbox.Count > 0;
            }
        }
    }

    /// <summary>
    /// Takes an attempt on and starts it, or rejects it. One that is held or was finished lately is ignored.
    /// </summary>
    public void Assign(AssignedAttempt assigned)
    {
        HeldAttempt attempt;
        lock (_lock)
        {
            var id = assigned.AttemptId;
            if (_running.ContainsKey(id) || _outbox.ContainsKey(id) || _recent.Contains(id))
            {
                logger.DuplicateIgnored(id);
                return;
            }

            if (ReasonToReject(assigned) is { } reason)
            {
                logger.Rejected(id, assigned.Method, reason);
                Keep(ReportEvents.Rejected(assigned, reason));
                return;
            }

            attempt = Hold(assigned, _running, own: null);
        }

        Run(attempt);
    }

    public bool Offers(string method) => methods.ContainsKey(method);

    public bool Runs(AttemptId id)
    {
        lock (_lock)
        {
            return _running.ContainsKey(id);
        }
    }

    /// <summary>
    /// Takes on an attempt of the agent's own, if there is room, for <see cref="RunHeld"/> or <see cref="LetGo"/>: the
    /// Broker is not told of it.
    /// </summary>
    /// <param name="own">Hears what it says.</param>
    public HeldAttempt? TryHold(AssignedAttempt attempt, IOwnAttempt own)
    {
        lock (_lock)
        {
            return ReasonToReject(attempt) is null ? Hold(attempt, _own, own) : null;
        }
    }

    public void RunHeld(HeldAttempt attempt) => Run(attempt);

    /// <summary>Gives back the room of one that was not run.</summary>
    public void LetGo(HeldAttempt attempt)
    {
        lock (_lock)
        {
            _own.Remove(attempt.Id);
            FreeRoom(attempt);
            SignalStops();
        }
    }

    public void Start(HeldAttempt attempt)
    {
        lock (_lock)
        {
            attempt.HasStarted = true;
            if (attempt.Own is null)
            {
                Queue(ReportEvents.Started(attempt.Id));
            }
        }
    }

    /// <summary>
    /// Puts the outcome in the outbox, unless the attempt was abandoned meanwhile: then nobody wants to know.
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
            FreeRoom(attempt);
            if (attempt.Own is not null)
            {
                _own.Remove(attempt.Id);
            }
            else if (_running.Remove(attempt.Id))
            {
                TellDropped(attempt, force: true);
                Keep(final);
            }

            SignalStops();
        }

        RoomFreed();
    }

    public void ReportProgress(HeldAttempt attempt, double percent, string? message)
    {
        lock (_lock)
        {
            if (_running.ContainsKey(attempt.Id))
            {
                _reports.AddProgress(attempt, ReportEvents.Progress(attempt.Id, percent, message));
                ReportsWaiting.Set();
            }
        }
    }

    public void Log(HeldAttempt attempt, LogLevel level, string message)
    {
        attempt.Own?.Log(attempt, level, message);
        lock (_lock)
        {
            if (!_running.ContainsKey(attempt.Id))
            {
                return;
            }

            TellDropped(attempt, force: false);
            if (
                attempt.DroppedLines > 0
                || !_reports.TryAddLog(ReportEvents.Log(attempt.Id, level, message, time.GetUtcNow()), force: false)
            )
            {
                attempt.DroppedLines++;
            }

            ReportsWaiting.Set();
        }
    }

    public void Pong(string nonce)
    {
        lock (_lock)
        {
            Queue(ReportEvents.Pong(nonce));
        }
    }

    public void Cancel(CancelledAttempt cancelled)
    {
        HeldAttempt? attempt;
        lock (_lock)
        {
            attempt = _running.GetValueOrDefault(cancelled.AttemptId) ?? _own.GetValueOrDefault(cancelled.AttemptId);
        }

        attempt?.Cancel(CancelReasons.Read(cancelled.Reason));
    }

    public void CancelAll(CancelReason reason)
    {
        HeldAttempt[] attempts;
        lock (_lock)
        {
            attempts = [.. _running.Values, .. _own.Values];
        }

        foreach (var attempt in attempts)
        {
            attempt.Cancel(reason);
        }
    }

    public void Acknowledge(AcknowledgedAttempt acknowledged)
    {
        lock (_lock)
        {
            if (_outbox.Remove(acknowledged.AttemptId))
            {
                _recent.Add(acknowledged.AttemptId);
                SignalStops();
            }
        }

        if (acknowledged.Outcome == ErrorCodes.Superseded)
        {
            logger.ResultSuperseded(acknowledged.AttemptId);
        }
    }

    /// <summary>Final events that no Broker acknowledged.</summary>
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

    /// <summary>All that is held, for Hello.</summary>
    public IReadOnlyList<ResumedAttempt> Held()
    {
        lock (_lock)
        {
            return
            [
                .. _running.Values.Select(a => new ResumedAttempt(a.Id, a.Assigned.FencingToken)),
                .. _outbox.Select(o => new ResumedAttempt(o.Key, o.Value.FencingToken ?? 0)),
            ];
        }
    }

    /// <summary>
    /// All that is held, for Heartbeat: an attempt that ended needs its lease until its final event is acknowledged.
    /// </summary>
    public IReadOnlyList<AttemptId> HeldIds()
    {
        lock (_lock)
        {
            return [.. _running.Keys, .. _outbox.Keys];
        }
    }

    /// <summary>
    /// A session begins: forget what the Broker gave up, and let everything unacknowledged be sent again.
    /// </summary>
    public void Resume(Welcome welcome)
    {
        var abandoned = new List<HeldAttempt>();
        lock (_lock)
        {
            _resultBytesMax = welcome.MaxResultBytes;
            foreach (var id in welcome.Abandoned)
            {
                _outbox.Remove(id);
                _recent.Add(id);
                if (_running.Remove(id, out var attempt))
                {
                    abandoned.Add(attempt);
                }
            }

            _reports.Restart(_unsent, _outbox.Values, id => _running.ContainsKey(id) || _outbox.ContainsKey(id));
            _unsent = [];
            ReportsWaiting.Set();
            SignalStops();
        }

        foreach (var attempt in abandoned)
        {
            logger.Abandoned(attempt.Id);
            attempt.Cancel(CancelReason.Abandoned);
        }
    }

    /// <summary>Whatever waits to be sent, in order; null when nothing does.</summary>
    public List<ReportEvent>? TakeReport()
    {
        lock (_lock)
        {
            return _reports.Take();
        }
    }

    /// <summary>Gives back what the connection did not take; it comes first in the next session.</summary>
    public void PutBack(List<ReportEvent> unsent)
    {
        lock (_lock)
        {
            _unsent = unsent;
        }
    }

    /// <summary>From now on the capacity is 0, and what is assigned all the same is rejected.</summary>
    public void Drain()
    {
        lock (_lock)
        {
            _draining = true;
            SignalStops();
        }
    }

    /// <summary>After <see cref="Drain"/>: ends when no attempt runs.</summary>
    public Task WhenIdle => _idle.Task;

    /// <summary>After <see cref="Drain"/>: ends when no attempt runs and every final event is acknowledged.</summary>
    public Task WhenSettled => _settled.Task;

    private string? ReasonToReject(AssignedAttempt assigned)
    {
        if (!methods.TryGetValue(assigned.Method, out var method))
        {
            return "This handler does not offer the method.";
        }

        if (_draining)
        {
            return "The handler is stopping.";
        }

        return
            _executing >= options.Capacity
            || _executingByMethod.GetValueOrDefault(assigned.Method) >= (method.Offer.MaxConcurrent ?? int.MaxValue)
            ? "The handler has no room."
            : null;
    }

    private HeldAttempt Hold(AssignedAttempt assigned, Dictionary<AttemptId, HeldAttempt> among, IOwnAttempt? own)
    {
        var attempt = new HeldAttempt(assigned, methods[assigned.Method], this, scopes, own);
        among.Add(assigned.AttemptId, attempt);
        _executing++;
        _executingByMethod[assigned.Method] = _executingByMethod.GetValueOrDefault(assigned.Method) + 1;
        return attempt;
    }

    private void FreeRoom(HeldAttempt attempt)
    {
        _executing--;
        _executingByMethod[attempt.Assigned.Method]--;
    }

    private void Keep(ReportEvent final)
    {
        _outbox[final.AttemptId!.Value] = final;
        Queue(final);
    }

    private void Queue(ReportEvent e)
    {
        _reports.Add(e);
        ReportsWaiting.Set();
    }

    private void TellDropped(HeldAttempt attempt, bool force)
    {
        if (attempt.DroppedLines == 0)
        {
            return;
        }

        var told = ReportEvents.Log(
            attempt.Id,
            LogLevel.Warning,
            $"{attempt.DroppedLines} log lines were dropped: they came faster than they could be sent.",
            time.GetUtcNow()
        );

        // When the attempt ends its log must not look whole: one line over the bound for each attempt is a bound too.
        if (_reports.TryAddLog(told, force))
        {
            attempt.DroppedLines = 0;
        }
    }

    private void SignalStops()
    {
        if (!_draining || _executing > 0)
        {
            return;
        }

        _idle.TrySetResult();
        if (_outbox.Count == 0)
        {
            _settled.TrySetResult();
        }
    }
}
