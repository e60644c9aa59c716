using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Explaining;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// The whole Broker but its edges: takes inputs one at a time, and says what to keep and what to tell. No clock, no
/// chance, no I/O, no thread of its own: the same inputs at the same moments with the same seed come to the same
/// decisions.
/// </summary>
public sealed partial class BrokerCore
{
    /// <summary>Attempts that ended last, whose handlers may say their results again.</summary>
    public const int RecentAttemptsMax = 16_384;

    /// <summary>
    /// Timers of the wall clock that fire before the batch is closed; the others fire with the next. Whoever asks
    /// meanwhile waits for such a batch.
    /// </summary>
    private const int WallTicksMax = 256;

    /// <summary>
    /// Changes that they may come to: two for an occurrence, but one timer may be that of a long backlog.
    /// </summary>
    private const int WallChangesMax = 2 * WallTicksMax;

    private readonly CoreOptions _options;
    private readonly TimerHeap _wall = new();
    private readonly TimerHeap _steady = new();
    private readonly WholeUse _whole;
    private readonly NamespaceTable _namespaces;
    private readonly Dispatcher _dispatcher;
    private readonly AuditLog _audit = new();
    private readonly KeyTable _keys;
    private readonly AccessTable _access;
    private readonly EnrolmentDesk _enrolments;
    private readonly KeyRotation _rotation;
    private readonly HandlerTable _handlers;
    private readonly OpenAttempts _attempts;
    private readonly Dependents _dependents = new();
    private readonly BatchTable _batches;
    private readonly JobTable _jobs;
    private readonly Leases _leases;
    private readonly SessionTable _sessions;
    private readonly Reports _reports;
    private readonly CalendarTable _calendars = new();
    private readonly ScheduleTable _schedules;
    private readonly OfflineRuns _offlineRuns;
    private readonly Applying _applying;
    private readonly CalendarDesk _calendarDesk;
    private readonly NamespaceEnd _namespaceEnd;
    private readonly CoreView _view;
    private TimeSpan _lastStep;
    private DateTimeOffset _lastWall;

    public BrokerCore(CoreOptions options)
    {
        _options = options;
        _whole = new WholeUse(options);
        _namespaces = new NamespaceTable(_whole);
        _keys = new KeyTable(_wall);
        _access = new AccessTable(_keys, _namespaces, _wall);
        _enrolments = new EnrolmentDesk(_access, _keys, _namespaces, _audit);
        _rotation = new KeyRotation(_keys);
        _dispatcher = new Dispatcher(_namespaces, _steady);
        _handlers = new HandlerTable(_namespaces);
        _attempts = new OpenAttempts(options, _dispatcher, _steady);
        _batches = new BatchTable(_wall);
        var ended = new EndedOccurrences();
        _jobs = new JobTable(_namespaces, _wall, [_attempts, _dispatcher, _dependents, _batches, ended]);
        _leases = new Leases(options, _attempts, _jobs, _dispatcher);
        _schedules = new ScheduleTable(options, _namespaces, _jobs, _calendars, ended, _wall);
        _schedules.Keepers = new Keepers(_schedules, _calendars);
        _sessions = new SessionTable(
            options,
            _keys,
            _namespaces,
            _handlers,
            _leases,
            new Resumption(options, _attempts, _jobs, _leases),
            _dispatcher,
            _schedules.Keepers,
            _steady,
            _audit
        );
        _reports = new Reports(options, _sessions, _attempts, _jobs);
        _offlineRuns = new OfflineRuns(options, _schedules.Keepers, _schedules, _jobs, _reports, _audit);
        _applying = new Applying(_schedules, _calendars, _namespaces, _audit);
        _calendarDesk = new CalendarDesk(_calendars, _schedules, _namespaces);
        _namespaceEnd = new NamespaceEnd(
            _namespaces,
            _access,
            _keys,
            _sessions,
            _handlers,
            _schedules,
            _calendars,
            _jobs,
            _dispatcher,
            _wall
        );
        _view = new CoreView(
            _jobs,
            _batches,
            _attempts,
            _sessions,
            _handlers,
            _schedules,
            _calendars,
            _keys,
            _namespaces,
            new JobExplainer(_attempts, _dispatcher, _sessions, _handlers)
        );
    }

    /// <summary>What a look at the state sees.</summary>
    public BrokerState State => _view;

    /// <summary>Decides one input, and writes down what its note says.</summary>
    public void Apply(BrokerInput input, Decision decision)
    {
        Wake(decision);
        decision.LastAnswer = null;
        Decide(input, decision);
        if (input is BrokerInput.Request { Ticket: var ticket } && decision.LastAnswer is null)
        {
            // Only a bug comes here. It shall cost one caller an answer, not leave them waiting for ever.
            decision.Refuse(ticket, ErrorCodes.Unavailable, $"The Broker has no answer to {input.GetType().Name}.");
        }

        // It will be asked again, with the ends.
        if (input.Audit is not { } note || decision.LastAnswer is Answer.EndsNeeded)
        {
            return;
        }

        if (decision.LastAnswer is Answer.Refused { Code: ErrorCodes.StorageFull })
        {
            _audit.AppendRefusalForDisk(note, decision.LastAnswer, decision);
        }
        else
        {
            _audit.Append(note, decision.LastAnswer, decision);
        }
    }

    private void Decide(BrokerInput input, Decision decision)
    {
        switch (input)
        {
            case BrokerInput.Enqueue e:
                Enqueue(e, decision);
                break;
            case BrokerInput.ReportSaid e when Known(e.Connection, decision) is { } session:
                _reports.Receive(session, e.Report, decision);
                break;
            case BrokerInput.HeartbeatSaid e when Known(e.Connection, decision) is { } session:
                _sessions.Heartbeat(session, e.Heartbeat, decision);
                break;
            case BrokerInput.RanSaid e when Known(e.Connection, decision) is { } session:
                _offlineRuns.Take(session, e, decision);
                break;
            case BrokerInput.ByeSaid e when Known(e.Connection, decision) is { } session:
                _sessions.End(session, $"the handler said Bye: {e.Reason}", decision);
                break;
            case BrokerInput.Opened e:
                _sessions.Open(e);
                break;
            case BrokerInput.HelloSaid e:
                _sessions.Hello(e, decision);
                break;
            case BrokerInput.ChallengeSaid e:
                _sessions.Challenge(e, decision);
                break;
            case BrokerInput.EnrolSaid e:
                _enrolments.Enrol(e, _sessions.RemoteAddressOf(e.Connection), decision);
                break;
            case BrokerInput.RotateSaid e:
                _sessions.Rotate(e, decision);
                break;
            case BrokerInput.ConnectionClosed e:
                _sessions.Disconnect(e.Connection, decision);
                break;
            case BrokerInput.Read e:
                _view.Now = decision.Now;
                decision.Answer(e.Ticket, new Answer.Value(e.Look(_view)));
                break;
            default:
                ApplyCommand(input, decision);
                break;
        }
    }

    /// <summary>
    /// Lets everything happen whose time has come, then gives ready jobs to free sessions. Call it when a batch is
    /// closed, after its inputs: a heartbeat that has arrived counts before a lease that runs out.
    /// </summary>
    /// <param name="isLast">The Broker stops after it: nothing is put off.</param>
    public void Close(Decision decision, bool isLast = false)
    {
        Wake(decision);
        while (_steady.TryTake(decision.Now.Steady.Ticks, out var timed))
        {
            TickSteady(timed, decision);
        }

        _schedules.WakeAfterEndedJobs();
        // Bounded, so that a schedule which missed a great deal does not keep everyone else waiting.
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
            TickWall(timed, decision);
            _schedules.WakeAfterEndedJobs();
        }

        _schedules.Announce(decision);
        _leases.AssignReady(decision);
        _attempts.SaveStarts(decision, isLast);
        _batches.Keep(decision);
        _audit.Close(decision);
    }

    /// <summary>How long nothing will happen by itself; null: for ever.</summary>
    public TimeSpan? TimeToNext(Moment now)
    {
        var wall = _wall.NextDue is { } due ? due - now.Wall.UtcTicks : long.MaxValue;
        var steady = _steady.NextDue is { } lease ? lease - now.Steady.Ticks : long.MaxValue;
        var start = _attempts.NextSave is { } kept ? kept.Ticks - now.Steady.Ticks : long.MaxValue;
        var next = Math.Min(Math.Min(wall, steady), start);
        return next == long.MaxValue ? null : TimeSpan.FromTicks(Math.Max(0, next));
    }

    private void Wake(Decision decision)
    {
        var now = decision.Now;
        var (gap, wall) = (now.Steady - _lastStep, now.Wall - _lastWall);
        (_lastStep, _lastWall) = (now.Steady, now.Wall);
        LookAtClock(wall, wall - gap, decision);
        LookAtSleep(gap);
    }

    // Somebody set the wall clock, or it was set for them.
    private void LookAtClock(TimeSpan passed, TimeSpan leap, Decision decision)
    {
        var ahead = passed <= -ClockSetBack.StepMin ? _schedules.SetBack(decision.Now.Wall) : 0;
        if (leap.Duration() < _options.ClockLeapThreshold)
        {
            return;
        }

        var what =
            leap > TimeSpan.Zero
                ? "forward: instants in between that nobody was there for are dealt with as the misfire policies say"
                : $"back: {ahead} schedules had gone ahead; their instants from now on that have no job are "
                    + "served when their time comes";
        decision.Effects.Add(
            new Effect.Publish(
                new Happened("clock.set", "", "clock", decision.Now.Wall, Detail: $"by {leap.Duration():c} {what}")
            )
        );
    }

    // A Broker that slept (a suspended machine, a stopped process) could not hear heartbeats: that is not the handlers'
    // fault.
    private void LookAtSleep(TimeSpan gap)
    {
        if (gap < _options.SleepThreshold)
        {
            return;
        }

        foreach (var session in _sessions.All)
        {
            session.LastHeard += gap;
        }

        _leases.ExtendAll(gap);
    }

    private Session? Known(long connection, Decision decision)
    {
        if (_sessions.Of(connection) is { } session)
        {
            return session;
        }

        decision.Effects.Add(new Effect.Send(connection, new Greet("No session: say Hello.")));
        return null;
    }

    private void TickSteady(Timed timed, Decision decision)
    {
        switch (timed)
        {
            case OpenAttempt attempt:
                _leases.Expire(attempt, decision);
                break;
            case Session session:
                _sessions.Tick(session, decision);
                break;
            case Gate gate:
                _dispatcher.Tick(gate, decision);
                break;
            default:
                throw new InvalidOperationException(
                    $"Nothing of type {timed.GetType().Name} waits on the steady clock."
                );
        }
    }

    private void TickWall(Timed timed, Decision decision)
    {
        switch (timed)
        {
            case JobSlot slot:
                _jobs.Tick(slot, decision);
                break;
            case BatchTable.Slot batch:
                Tick(batch, decision);
                break;
            case ScheduleSlot { Schedule.Paused: false } schedule when _whole.IsDiskLow:
                _schedules.Hold(schedule);
                break;
            case ScheduleSlot schedule:
                _schedules.Tick(schedule, decision);
                break;
            case KeyTable.Slot key:
                _audit.Append(
                    new AuditNote
                    {
                        Actor = AuditNote.System,
                        Action = "keys:expire",
                        Object = $"key:{key.Key.Id}",
                        Namespace = key.Key.Namespace,
                    },
                    null,
                    decision
                );
                _sessions.CloseAll(key.Key.Id, "The API key has expired.", decision);
                break;
            case NamespaceUse use:
                _namespaceEnd.Tick(use, decision);
                break;
            case AccessTable.Slot row:
                _access.Expire(row, decision);
                break;
            case Deduplication.Entry entry:
                _jobs.Deduplication.Expire(entry, decision);
                break;
            default:
                throw new InvalidOperationException($"Nothing of type {timed.GetType().Name} waits on the wall clock.");
        }
    }
}
