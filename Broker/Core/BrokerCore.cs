using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Explaining;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Pauses;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// The whole Broker without its edges: receives inputs one at a time, and decides which changes to store and which
/// effects to let out. Core has no clock, no randomness, no I/O and no thread of its own: the same inputs at the same
/// moments with the same seed lead to the same decisions.
/// </summary>
public sealed partial class BrokerCore
{
    /// <summary>
    /// How many of the attempts that ended last are remembered, because their handlers may report the results again.
    /// </summary>
    public const int RecentAttemptsMax = 16_384;

    /// <summary>
    /// How many timers of the wall clock fire in one turn at most; the others fire in the next turn. Requests that come
    /// meanwhile wait for the end of the turn.
    /// </summary>
    private const int WallTicksMax = 256;

    /// <summary>
    /// How many changes the timers of one turn may make before no further timer fires. An occurrence makes two changes,
    /// but one timer may serve a long backlog.
    /// </summary>
    private const int WallChangesMax = 2 * WallTicksMax;

    private readonly CoreOptions _options;
    private readonly TimerHeap _wall = new();
    private readonly TimerHeap _steady = new();
    private readonly NamespaceTable _namespaces;
    private readonly Dispatcher _dispatcher;
    private readonly AuditLog _audit = new();
    private readonly KeyTable _keys;
    private readonly AccessTable _access;
    private readonly HandlerTable _handlers;
    private readonly PauseTable _pauses;
    private readonly AlertTable _alerts;
    private readonly NoticeOutbox _notices;
    private readonly AlertWatch _alertWatch;
    private readonly OpenAttempts _attempts;
    private readonly Dependents _dependents = new();
    private readonly BatchTable _batches;
    private readonly JobTable _jobs;
    private readonly Leases _leases;
    private readonly SessionTable _sessions;
    private readonly CalendarTable _calendars = new();
    private readonly OfflineStores _stores = new();
    private readonly ScheduleSlots _slots;
    private readonly OfflineCustody _custody;
    private readonly ScheduleTable _schedules;
    private readonly NamespaceCommands _namespaceCommands;
    private readonly CoreView _view;
    private readonly ClockWatch _clock;
    private readonly InputRouter _inputs;
    private readonly TimerRouter _timers;

    public BrokerCore(CoreOptions options)
    {
        _options = options;
        _namespaces = new NamespaceTable(new BrokerQuota(options));
        _keys = new KeyTable(_wall);
        _access = new AccessTable(_namespaces, _wall);
        _dispatcher = new Dispatcher(_namespaces, _steady);
        _handlers = new HandlerTable(_namespaces);
        _pauses = new PauseTable(_dispatcher, _wall);
        _alerts = new AlertTable(_wall);
        _notices = new NoticeOutbox(_alerts, _audit);
        _alertWatch = new AlertWatch(_alerts, _notices);
        _attempts = new OpenAttempts(options, _dispatcher, _steady);
        _batches = new BatchTable(_wall);
        var ended = new EndedOccurrences();
        _jobs = new JobTable(_namespaces, _wall, [_attempts, _dispatcher, _dependents, _batches, ended]);
        _leases = new Leases(options, _attempts, _jobs, _dispatcher);
        var firing = new Firing(options, _namespaces, _jobs);
        var backfilling = new Backfilling(_namespaces, _jobs);
        _slots = new ScheduleSlots(_stores, firing, backfilling, _wall);
        _custody = new OfflineCustody(_stores, _slots, _calendars);
        _schedules = new ScheduleTable(
            _namespaces,
            _jobs,
            _calendars,
            _slots,
            _stores,
            _custody,
            firing,
            backfilling,
            ended
        );
        _sessions = NewSessionTable();
        _namespaceCommands = NewNamespaceCommands();
        _view = NewView();
        _clock = new ClockWatch(options, _schedules, _sessions, _leases, _alertWatch);
        var jobs = new JobCommands(options, _namespaces, _jobs, _dependents);
        var batches = new BatchCommands(options, _batches, _jobs, jobs);
        var keys = new KeyCommands(_keys, _namespaces, _sessions, _leases, _audit);
        _inputs = NewInputRouter(jobs, batches, keys);
        _timers = NewTimerRouter(batches, keys);
    }

    private SessionTable NewSessionTable() =>
        new(
            _options,
            _keys,
            _namespaces,
            _handlers,
            _leases,
            new Resumption(_options, _attempts, _jobs, _leases),
            _dispatcher,
            _custody,
            _steady,
            _audit
        );

    private NamespaceCommands NewNamespaceCommands() =>
        new(
            _namespaces,
            _access,
            _keys,
            _sessions,
            _handlers,
            _schedules,
            _calendars,
            _pauses,
            _alerts,
            _jobs,
            _dispatcher,
            _wall
        );

    private CoreView NewView() =>
        new(
            _jobs,
            _batches,
            _attempts,
            _sessions,
            _handlers,
            _schedules,
            _stores,
            _calendars,
            _keys,
            _namespaces,
            _dispatcher,
            new MethodViews(_sessions, _handlers, _namespaces, _pauses, _dispatcher),
            new JobExplainer(_attempts, _dispatcher, _sessions, _handlers, _pauses)
        );

    private PauseCommands NewPauseCommands() => new(_pauses, _namespaces, _audit);

    private InputRouter NewInputRouter(JobCommands jobs, BatchCommands batches, KeyCommands keys)
    {
        var reports = new Reports(_options, _sessions, _attempts, _jobs);
        return new InputRouter(
            new PreconditionCheck(_schedules, _calendars, _access, _alerts),
            jobs,
            batches,
            new ScheduleCommands(_schedules, _stores, _calendars, _namespaces, _audit),
            new CalendarCommands(_calendars, _schedules, _namespaces),
            keys,
            new AccessCommands(_access, _keys),
            _namespaceCommands,
            new HandlerCommands(_handlers, _sessions, _dispatcher),
            NewPauseCommands(),
            new AlertCommands(_alerts, _alertWatch, _namespaces),
            _alertWatch,
            _notices,
            new AuditCommands(_audit),
            _view,
            _dispatcher,
            _sessions,
            reports,
            new KeyEnrolment(_access, _keys, _namespaces, _audit, _options.BrokerKey),
            new OfflineRunIntake(_options, _stores, _custody, _slots, _schedules, _jobs, reports, _audit),
            _schedules,
            _namespaces
        );
    }

    private TimerRouter NewTimerRouter(BatchCommands batches, KeyCommands keys) =>
        new(
            _jobs,
            _leases,
            _sessions,
            _dispatcher,
            batches,
            _schedules,
            _namespaces,
            _namespaceCommands,
            keys,
            NewPauseCommands(),
            _alertWatch,
            _access
        );

    /// <summary>The state, as reads see it.</summary>
    public BrokerState State => _view;

    /// <summary>Decides one input, and appends its note to the audit log.</summary>
    public void Apply(BrokerInput input, Decision decision)
    {
        _clock.Compare(decision);
        var answer = _inputs.Route(input, decision);
        if (answer is Answer.EndsNeeded || input.Audit is not { } note)
        {
            return; // A request for which ends are needed is made again with the ends, and noted then.
        }

        if (answer is Answer.Refused { Code: ErrorCodes.StorageFull })
        {
            _audit.AppendRefusalForDisk(note, answer, decision);
        }
        else
        {
            _audit.Append(note, answer, decision);
        }
    }

    /// <summary>
    /// Ends a turn: fires the timers that are due, then assigns ready jobs to free sessions. Call this method after the
    /// inputs of the turn, so that a heartbeat that has arrived counts before a lease that runs out.
    /// </summary>
    /// <param name="isLast">True for the last turn of a Broker that stops: nothing is put off.</param>
    public void Close(Decision decision, bool isLast = false)
    {
        _clock.Compare(decision);
        while (_steady.TryTake(decision.Now.Steady.Ticks, out var timed))
        {
            _timers.FireSteady(timed, decision);
        }

        _schedules.WakeAfterEndedJobs();
        // The loop is bounded, so that a schedule with a long backlog does not make everybody else wait.
        var changesMax = decision.Changes.Count + WallChangesMax;
        for (
            var ticks = 0;
            ticks < WallTicksMax
                && decision.Changes.Count < changesMax
                && decision.InstantsPassed < Decision.InstantsPassedMax
                && _wall.TryTake(decision.Now.Wall.UtcTicks, out var timed);
            ticks++
        )
        {
            _timers.FireWall(timed, decision);
            _schedules.WakeAfterEndedJobs();
        }

        _schedules.Announce(decision);
        _leases.AssignReady(decision);
        _attempts.SaveStarts(decision, isLast);
        _batches.SaveChanged(decision);
        _alertWatch.Observe(decision);
        _audit.Close(decision);
    }

    /// <summary>How long no timer will be due; null when no timer is set.</summary>
    public TimeSpan? TimeToNext(Moment now)
    {
        var wall = _wall.NextDue is { } due ? due - now.Wall.UtcTicks : long.MaxValue;
        var steady = _steady.NextDue is { } lease ? lease - now.Steady.Ticks : long.MaxValue;
        var start = _attempts.NextSave is { } save ? save.Ticks - now.Steady.Ticks : long.MaxValue;
        var next = Math.Min(Math.Min(wall, steady), start);
        return next == long.MaxValue ? null : TimeSpan.FromTicks(Math.Max(0, next));
    }
}
