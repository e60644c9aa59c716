using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// The whole Broker but its edges: takes inputs one at a time, and says what to keep and what to tell. No clock, no chance, no I/O, no thread of
/// its own: the same inputs at the same moments with the same seed come to the same decisions.
/// </summary>
public sealed partial class BrokerCore
{
    /// <summary>Attempts that ended last, whose handlers may say their results again.</summary>
    public const int RecentAttemptsMax = 16_384;

    /// <summary>Timers of the wall clock that fire before the batch is closed; the others fire with the next. Whoever asks meanwhile waits for such a batch.</summary>
    private const int WallTicksMax = 256;

    /// <summary>Changes that they may come to: two for an occurrence, but one timer may be that of a long backlog.</summary>
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
    private readonly JobTable _jobs;
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
        _jobs = new JobTable(options, _namespaces, _dispatcher, _wall, _steady);
        _sessions = new SessionTable(options, _keys, _namespaces, _handlers, _jobs, _dispatcher, _steady, _audit);
        _reports = new Reports(options, _sessions, _jobs);
        _schedules = new ScheduleTable(options, _namespaces, _jobs, _calendars, _wall);
        _schedules.Keepers = _sessions.Keepers = new Keepers(_schedules, _calendars);
        _offlineRuns = new OfflineRuns(options, _schedules.Keepers, _schedules, _jobs, _reports, _audit);
        _applying = new Applying(_schedules, _calendars, _namespaces, _audit);
        _calendarDesk = new CalendarDesk(_calendars, _schedules, _namespaces);
        _namespaceEnd = new NamespaceEnd(_namespaces, _access, _keys, _sessions, _handlers, _schedules, _calendars, _jobs, _dispatcher, _wall);
        _view = new CoreView(_jobs, _sessions, _handlers, _schedules, _calendars, _keys, _namespaces, new Explainer(_dispatcher, _sessions, _handlers));
        _jobs.Ended = _schedules.JobEnded;
        _jobs.Freed = session => _dispatcher.UpdateFree(session, _handlers.IsDrained(session));
        _dispatcher.Recount = _jobs.Freed;
    }

    /// <summary>What a look at the state sees.</summary>
    public BrokerState State => _view;

    /// <summary>Takes back what the store kept, before the first input.</summary>
    /// <param name="finished">Jobs that ended last, oldest end first: their handlers may yet say their results again.</param>
    public void Restore(
        IEnumerable<Job> jobs,
        IEnumerable<Job> finished,
        IEnumerable<Schedule> schedules,
        IEnumerable<HandlerRecord> handlers,
        IEnumerable<KeyRecord> keys,
        IEnumerable<AccessRecord> access,
        IEnumerable<Change.DeduplicationKept> deduplications,
        Moment now,
        IEnumerable<RateRecord>? rates = null,
        IEnumerable<Batch>? batches = null,
        IEnumerable<CalendarRecord>? calendars = null)
    {
        _lastStep = now.Steady;
        foreach (var key in keys)
        {
            _keys.Restore(key);
        }

        foreach (var record in access)
        {
            _access.Restore(record);
        }

        foreach (var handler in handlers)
        {
            _handlers.Restore(handler);
        }

        foreach (var job in finished)
        {
            _jobs.Recall(job);
        }

        foreach (var batch in batches ?? [])
        {
            _jobs.Batches.Restore(batch);
        }

        // In order of arrival, so that equals keep their order across a start.
        foreach (var job in jobs.OrderBy(job => job.EnqueuedAt))
        {
            _jobs.Restore(job, now);
        }

        foreach (var kept in rates ?? [])
        {
            _dispatcher.Restore(kept, now);
        }

        foreach (var kept in deduplications)
        {
            _jobs.Deduplication.Restore(kept, now.Wall);
        }

        foreach (var calendar in calendars ?? [])
        {
            _calendars.Restore(calendar);
        }

        foreach (var schedule in schedules)
        {
            _schedules.Restore(schedule);
        }

        foreach (var use in _namespaces.All.Where(use => use.Record is { DeletedAt: not null }))
        {
            _namespaceEnd.Resume(use, now.Wall);
        }
    }

    /// <summary>Goes on with the audit log where the store's ends, before the first input.</summary>
    public void RestoreAudit(AuditTail tail) => _audit.Restore(tail);

    /// <summary>Decides one input, and writes down what its note says.</summary>
    public void Apply(BrokerInput input, Decision decision)
    {
        Wake(decision.Now.Steady);
        decision.LastAnswer = null;
        Decide(input, decision);
        if (input.Audit is not { } note || decision.LastAnswer is Answer.EndsNeeded) // It will be asked again, with the ends.
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
                _reports.Take(session, e.Report, decision);
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
    /// Lets everything happen whose time has come, then gives ready jobs to free sessions. Call it when a batch is closed, after its inputs: a heartbeat
    /// that has arrived counts before a lease that runs out.
    /// </summary>
    public void Close(Decision decision)
    {
        Wake(decision.Now.Steady);
        while (_steady.TryTake(decision.Now.Steady.Ticks, out var timed))
        {
            TickSteady(timed, decision);
        }

        // Bounded, so that a schedule which missed a great deal does not keep everyone else waiting.
        var changesMax = decision.Changes.Count + WallChangesMax;
        for (var ticks = 0;
            ticks < WallTicksMax && decision.Changes.Count < changesMax && _wall.TryTake(decision.Now.Wall.UtcTicks, out var timed);
            ticks++)
        {
            TickWall(timed, decision);
        }

        Assign(decision);
        _jobs.Batches.Keep(decision);
        _audit.Close(decision);
    }

    /// <summary>How long nothing will happen by itself; null: for ever.</summary>
    public TimeSpan? TimeToNext(Moment now)
    {
        var wall = _wall.NextDue is { } due ? due - now.Wall.UtcTicks : long.MaxValue;
        var steady = _steady.NextDue is { } lease ? lease - now.Steady.Ticks : long.MaxValue;
        var next = Math.Min(wall, steady);
        return next == long.MaxValue ? null : TimeSpan.FromTicks(Math.Max(0, next));
    }

    // A Broker that slept (a suspended machine, a stopped process) could not hear heartbeats: that is not the handlers' fault.
    private void Wake(TimeSpan now)
    {
        var gap = now - _lastStep;
        _lastStep = now;
        if (gap < _options.SleepThreshold)
        {
            return;
        }

        foreach (var session in _sessions.All)
        {
            session.LastHeard += gap;
        }

        foreach (var slot in _jobs.Running)
        {
            slot.Open!.LeaseUntil += gap;
        }
    }

    private Session? Known(long connection, Decision decision)
    {
        if (_sessions.Of(connection) is { } session)
        {
            return session;
        }

        decision.Effects.Add(new Effect.Send(connection, MessageKind.Greet, new Greet("No session: say Hello.")));
        return null;
    }

    private void Assign(Decision decision)
    {
        Dictionary<Session, List<JobSlot>>? given = null;
        while (_dispatcher.TryMatch(decision.Now.Steady, out var slot, out var session))
        {
            _jobs.Assign(slot, session, decision);
            _dispatcher.UpdateFree(session, _handlers.IsDrained(session));
            given ??= [];
            if (!given.TryGetValue(session, out var slots))
            {
                given[session] = slots = [];
            }

            slots.Add(slot);
        }

        if (given is null)
        {
            return;
        }

        _dispatcher.Keep(decision);
        foreach (var (session, slots) in given)
        {
            decision.Effects.Add(new Effect.SendAssign(
                session.Connection!.Number, (int)_options.Lease.TotalSeconds, slots.ConvertAll(slot => slot.Job)));
        }
    }

    private void TickSteady(Timed timed, Decision decision)
    {
        switch (timed)
        {
            case JobSlot slot:
                TickAttempt(slot, decision);
                break;
            case Session session:
                _sessions.Tick(session, decision);
                break;
            case Gate gate:
                _dispatcher.Tick(gate, decision);
                break;
            default:
                throw new InvalidOperationException($"Nothing of type {timed.GetType().Name} waits on the steady clock.");
        }
    }

    private void TickAttempt(JobSlot slot, Decision decision)
    {
        var now = decision.Now.Steady;
        var (open, token) = (slot.Open!, slot.Job.Token);
        var connection = open.Session?.Connection;
        if (open.Deadline > now)
        {
            _jobs.Rearm(slot); // A heartbeat came meanwhile.
            return;
        }

        var (happened, reason) = open.GraceUntil <= now
            ? ((JobEvent)new JobEvent.GraceOver(token), "cancelled")
            : open.TimeoutAt <= now
                ? (new JobEvent.TimedOut(token, decision.Chance.NextDouble()), "timed_out")
                : (new JobEvent.LeaseLost(token, "no heartbeat within it", decision.Chance.NextDouble()), "lost");
        _jobs.Step(slot, happened, decision);
        if (connection is not null)
        {
            decision.Effects.Add(new Effect.Send(
                connection.Number, MessageKind.Cancel, new Cancel([new CancelledAttempt(new AttemptId(slot.Job.Id, token), reason, 0)])));
        }
    }

    private void TickWall(Timed timed, Decision decision)
    {
        switch (timed)
        {
            case JobSlot { Job.Chain.Doom: not null } slot:
                _jobs.Step(slot, new JobEvent.Doomed(), decision);
                break;
            case JobSlot slot when JobTable.StartDeadline(slot.Job) <= decision.Now.Wall.UtcTicks:
                _jobs.Step(slot, new JobEvent.StartDeadlinePassed(), decision);
                break;
            case JobSlot slot:
                _jobs.Step(slot, new JobEvent.Due(), decision);
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
                    new AuditNote { Actor = AuditNote.System, Action = "keys:expire", Object = $"key:{key.Key.Id}", Namespace = key.Key.Namespace }, null, decision);
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
