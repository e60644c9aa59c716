using System.Collections.Concurrent;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>A loop and a store in one, with just enough of both to test the REST surface.</summary>
internal sealed partial class FakeBroker(KeyRing keyRing, Roster roster, TimeProvider time) : IBrokerInputs
{
    private readonly FakeState _state = new();
    private readonly BrokerCore _core = new(new CoreOptions());

    public ConcurrentQueue<BrokerInput> Inputs { get; } = new();

    public FakeState State => _state;

    public AlertBoard Alerts { get; } = new();

    /// <summary>Answers in place of the fake when it returns an answer.</summary>
    public Func<BrokerInput, Answer?> Override { get; set; } = _ => null;

    public Action<BrokerInput> Before { get; set; } = _ => { };

    /// <summary>Whether the fake refuses inputs that nobody waits for.</summary>
    public bool IsBusy { get; set; }

    /// <summary>The notes that the audit log has got so far.</summary>
    public IReadOnlyList<AuditNote> Noted => [.. Inputs.Select(input => input.Audit).OfType<AuditNote>()];

    public Task<Answer> AskAsync(Func<Ticket, BrokerInput.Request> input, CancellationToken cancellationToken)
    {
        var made = input(new UncalledTicket());
        Inputs.Enqueue(made);
        Before(made);
        lock (_state)
        {
            return Task.FromResult(Override(made) ?? Decide(made));
        }
    }

    public bool TryPut(BrokerInput input)
    {
        if (IsBusy)
        {
            return false;
        }

        Inputs.Enqueue(input);
        return true;
    }

    public Task<T> ReadAsync<T>(Func<BrokerState, T> look, CancellationToken cancellationToken)
    {
        lock (_state)
        {
            return Task.FromResult(look(_state));
        }
    }

    private Answer Decide(BrokerInput.Request input) =>
        input switch
        {
            { Condition: { } condition } when StandsAt(input) is var stands && !condition.Holds(stands) =>
                new Answer.Refused(ErrorCodes.Conflict, Precondition.Reason(stands)) { IsPrecondition = true },
            BrokerInput.Enqueue { Batch: not null } enqueue => AddBatch(enqueue),
            BrokerInput.CancelBatch cancel => CancelBatch(cancel),
            BrokerInput.Enqueue enqueue => new Answer.Enqueued([.. enqueue.Jobs.Select(Add)]),
            BrokerInput.CancelJob cancel => Act(cancel.Namespace, cancel.Id, JobState.Cancelled),
            BrokerInput.RetryJob retry => Act(retry.Namespace, retry.Id, JobState.Ready),
            BrokerInput.NoteDown => Answer.Done.Instance,
            BrokerInput.ChangeJob change => ChangeJob(change),
            BrokerInput.ActOnJobs act => new Answer.ActedOn(
                act.Ids.Count(id =>
                    _state.FindJob(act.Namespace, id) is { Job: var job }
                    && act.Matches(job)
                    && Act(act.Namespace, id, Changed(act.Act)) is Answer.JobIs
                )
            ),
            BrokerInput.SaveSchedule save => Save(save),
            BrokerInput.SaveCalendar save => SaveCalendar(save),
            BrokerInput.DeleteCalendar delete => _state.CalendarsByName.Remove((delete.Namespace, delete.Name))
                ? Answer.Done.Instance
                : NotFound(),
            BrokerInput.DeleteSchedule { By: var by } delete when IsForeign(by, delete.Namespace, delete.Name) =>
                Foreign(),
            BrokerInput.PauseSchedule { By: var by } pause when IsForeign(by, pause.Namespace, pause.Name) => Foreign(),
            BrokerInput.ResumeSchedule { By: var by } resume when IsForeign(by, resume.Namespace, resume.Name) =>
                Foreign(),
            BrokerInput.DeleteSchedule delete => _state.ByName.Remove((delete.Namespace, delete.Name))
                ? Answer.Done.Instance
                : NotFound(),
            BrokerInput.PauseSchedule pause => Change(
                pause.Namespace,
                pause.Name,
                s => s with { Paused = true, PauseNote = pause.Note, ResumeAt = pause.ResumeAt }
            ),
            BrokerInput.ResumeSchedule resume => Change(resume.Namespace, resume.Name, s => s with { Paused = false }),
            BrokerInput.TriggerSchedule trigger => Trigger(trigger),
            BrokerInput.ApplySchedules apply => Apply(apply),
            BrokerInput.BackfillSchedule backfill => Change(
                backfill.Namespace,
                backfill.Name,
                s =>
                    s with
                    {
                        Backfill = new Backfill
                        {
                            From = backfill.From,
                            To = backfill.To,
                            Total = backfill.Total,
                            Overlap = backfill.Overlap,
                            RequestedBy = backfill.By,
                            RequestedAt = time.GetUtcNow(),
                            Next = backfill.From,
                        },
                    }
            ),
            BrokerInput.CancelBackfill cancel => Change(
                cancel.Namespace,
                cancel.Name,
                s => s with { Backfill = s.Backfill! with { CancelledBy = cancel.By, EndedAt = time.GetUtcNow() } }
            ),
            BrokerInput.ChangeAccess or BrokerInput.DeleteNamespace => ChangeAccess(input),
            BrokerInput.SaveAlertChannel
            or BrokerInput.SaveAlertRule
            or BrokerInput.MuteAlertRule
            or BrokerInput.DeleteAlertRule
            or BrokerInput.DeleteAlertChannel => ChangeAccess(input),
            BrokerInput.CreateKey create => AddKey(create.Key),
            BrokerInput.RevokeKey revoke => Revoke(revoke),
            BrokerInput.RotateKey rotate => Rotate(rotate),
            BrokerInput.ChangeKey change => ChangeKey(change),
            BrokerInput.PauseMethod or BrokerInput.ResumeMethod => Answer.Done.Instance,
            BrokerInput.DrainHandler drain => Handler(drain.Namespace, drain.Name),
            BrokerInput.DisconnectHandler disconnect => Handler(disconnect.Namespace, disconnect.Name),
            BrokerInput.DeleteHandler delete => Handler(delete.Namespace, delete.Name),
            _ => throw new NotSupportedException(input.GetType().Name),
        };

    private long? StandsAt(BrokerInput input) =>
        input switch
        {
            BrokerInput.SaveSchedule e => ScheduleVersion(e.Draft.Namespace, e.Draft.Name),
            BrokerInput.DeleteSchedule e => ScheduleVersion(e.Namespace, e.Name),
            BrokerInput.PauseSchedule e => ScheduleVersion(e.Namespace, e.Name),
            BrokerInput.ResumeSchedule e => ScheduleVersion(e.Namespace, e.Name),
            BrokerInput.TriggerSchedule e => ScheduleVersion(e.Namespace, e.Name),
            BrokerInput.BackfillSchedule e => ScheduleVersion(e.Namespace, e.Name),
            BrokerInput.CancelBackfill e => ScheduleVersion(e.Namespace, e.Name),
            BrokerInput.SaveCalendar e => _state
                .CalendarsByName.GetValueOrDefault((e.Draft.Namespace, e.Draft.Name))
                ?.Version,
            BrokerInput.DeleteCalendar e => _state.CalendarsByName.GetValueOrDefault((e.Namespace, e.Name))?.Version,
            BrokerInput.SaveAlertChannel e => Alerts.FindChannel(e.Draft.Namespace, e.Draft.Name)?.Version,
            BrokerInput.SaveAlertRule e => Alerts.FindRule(e.Draft.Namespace, e.Draft.Name)?.Version,
            BrokerInput.DeleteAlertChannel e => Alerts.FindChannel(e.Namespace, e.Name)?.Version,
            BrokerInput.DeleteAlertRule e => Alerts.FindRule(e.Namespace, e.Name)?.Version,
            BrokerInput.DeleteNamespace e => roster.FindNamespace(e.Namespace)?.Version,
            _ => throw new NotSupportedException($"A condition on {input.GetType().Name}."),
        };

    private long? ScheduleVersion(string ns, string name) => _state.ByName.GetValueOrDefault((ns, name))?.Version;

    // The real table decides: a test of permissions against an imitation would prove nothing.
    public Answer ChangeAccess(BrokerInput made)
    {
        var decision = new Decision(new Moment(time.GetUtcNow(), TimeSpan.Zero), new Random(1));
        lock (_core)
        {
            _core.Apply(made, decision);
        }

        foreach (var changed in decision.Effects.OfType<Effect.AccessChanged>())
        {
            roster.Put(changed.Kind, changed.Key, changed.Record);
        }

        foreach (var changed in decision.Effects.OfType<Effect.AlertRowChanged>())
        {
            Alerts.Put(changed.Row, changed.IsGone);
        }

        return decision.Effects.OfType<Effect.Answer>().Single().Said;
    }

    private bool IsForeign(ScheduleEditor by, string ns, string name) =>
        _state.ByName.TryGetValue((ns, name), out var known) && !by.MayChange(known);

    private static Answer.Refused Foreign() => new(ErrorCodes.Forbidden, "It is another's.");

    private static Answer.Refused NotFound() => new(ErrorCodes.NotFound, "There is no such thing.");

    private EnqueuedJob Add(NewJob job)
    {
        if (
            job.Spec.DeduplicationKey is { } key
            && _state.Stored.Values.FirstOrDefault(stored => stored.Job.Spec.DeduplicationKey == key) is { } first
        )
        {
            return new EnqueuedJob(first.Job.Id, first.Job, IsNew: false, Warning: null);
        }

        var now = time.GetUtcNow();
        var made = new Job
        {
            Id = job.Id,
            Namespace = job.Namespace,
            Spec = job.Spec,
            State = job.RunAt > now ? JobState.Scheduled : JobState.Ready,
            RunAt = job.RunAt ?? now,
            EnqueuedAt = now,
            CreatedBy = job.CreatedBy,
            ReplayOf = job.ReplayOf,
            Batch = job.Batch,
            Chain = job.After is { } after ? new Chain(after, job.AfterFailure, after) : null,
        };
        Put(new StoredJob(made, job.Params, default));
        return new EnqueuedJob(
            made.Id,
            made,
            IsNew: true,
            job.Spec.Method == "nobody.offers" ? "No handler offers this method yet." : null
        );
    }

    public void Put(StoredJob stored) => _state.Stored[stored.Job.Id] = stored;

    private Answer Act(string ns, JobId id, JobState state) => Act(ns, id, job => job with { State = state });

    private Answer Act(string ns, JobId id, Func<Job, Job> change)
    {
        if (!_state.Stored.TryGetValue(id, out var stored) || stored.Job.Namespace != ns || stored.Job.IsFinished)
        {
            return NotFound();
        }

        Put(stored with { Job = change(stored.Job) });
        return new Answer.JobIs(change(stored.Job));
    }

    private Answer ChangeJob(BrokerInput.ChangeJob asked)
    {
        if (!asked.Changes.Params.IsEmpty && _state.Stored.TryGetValue(asked.Id, out var stored))
        {
            Put(stored with { Params = asked.Changes.Params });
        }

        return Act(
            asked.Namespace,
            asked.Id,
            job =>
                job with
                {
                    Spec = job.Spec with { Priority = asked.Changes.Priority ?? job.Spec.Priority },
                    RunAt = asked.Changes.RunAt ?? job.RunAt,
                }
        );
    }

    private static Func<Job, Job> Changed(JobAct act) =>
        act switch
        {
            JobAct.Cancel => job => job with { State = JobState.Cancelled },
            JobAct.Retry => job => job with { State = JobState.Ready },
            JobAct.Prioritise to => job => job with { Spec = job.Spec with { Priority = to.Priority } },
            _ => throw new NotSupportedException(act.GetType().Name),
        };

    private Answer.SchedulesAre Apply(BrokerInput.ApplySchedules apply)
    {
        foreach (var drop in apply.Drops)
        {
            _state.ByName.Remove((apply.Namespace, drop.Name));
        }

        return new Answer.SchedulesAre([
            .. apply.Saves.Select(save =>
                (
                    (Answer.ScheduleIs)Save(
                        new BrokerInput.SaveSchedule(
                            apply.Ticket,
                            save.By,
                            save.Draft,
                            save.Version == 0,
                            save.Version == 0 ? null : save.Version
                        )
                    )
                ).Schedule
            ),
        ]);
    }

    private Answer Save(BrokerInput.SaveSchedule save)
    {
        var key = (save.Draft.Namespace, save.Draft.Name);
        if (_state.ByName.TryGetValue(key, out var known))
        {
            if (!save.By.MayChange(known))
            {
                return Foreign();
            }

            if (save.MustBeNew || (save.ExpectedVersion is { } version && version != known.Version))
            {
                return new Answer.Refused(ErrorCodes.Conflict, "Another version stands.");
            }

            return new Answer.ScheduleIs(
                _state.ByName[key] = save.Draft with
                {
                    Id = known.Id,
                    Version = known.Version + 1,
                    CreatedBy = known.CreatedBy,
                    GivenTo = save.Draft.GivenTo ?? known.GivenTo,
                }
            );
        }

        return save.ExpectedVersion is null ? new Answer.ScheduleIs(_state.ByName[key] = save.Draft) : NotFound();
    }

    private Answer SaveCalendar(BrokerInput.SaveCalendar save)
    {
        var key = (save.Draft.Namespace, save.Draft.Name);
        var version = _state.CalendarsByName.TryGetValue(key, out var known) ? known.Version : 0;
        return (save.MustBeNew && version > 0) || (save.ExpectedVersion is { } expected && expected != version)
            ? new Answer.Refused(ErrorCodes.Conflict, "Another version stands.")
            : new Answer.CalendarIs(_state.CalendarsByName[key] = save.Draft with { Version = version + 1 });
    }

    private Answer Change(string ns, string name, Func<Schedule, Schedule> change) =>
        _state.ByName.TryGetValue((ns, name), out var schedule)
            ? new Answer.ScheduleIs(_state.ByName[(ns, name)] = change(schedule))
            : NotFound();

    private Answer Trigger(BrokerInput.TriggerSchedule trigger) =>
        _state.ByName.TryGetValue((trigger.Namespace, trigger.Name), out var schedule)
            ? new Answer.JobIs(
                Add(
                    new NewJob(
                        trigger.Id,
                        trigger.Namespace,
                        schedule.Job,
                        trigger.Params ?? schedule.Params,
                        null,
                        trigger.By
                    )
                ).Job!
            )
            : NotFound();

    public Answer AddKey(KeyRecord key)
    {
        _state.KeysById[key.Id] = key;
        keyRing.Put(key);
        return Answer.Done.Instance;
    }

    private Answer Revoke(BrokerInput.RevokeKey revoke) =>
        _state.KeysById.TryGetValue(revoke.Id, out var key) && key.Namespace == revoke.Namespace
            ? AddKey(key with { RevokedAt = time.GetUtcNow() })
            : NotFound();

    private Answer Rotate(BrokerInput.RotateKey rotate)
    {
        var old = _state.KeysById[rotate.Id];
        AddKey(old with { ExpiresAt = time.GetUtcNow() + rotate.Overlap });
        var next = old with
        {
            Id = rotate.NewId,
            SecretHash = rotate.NewSecretHash,
            Account = old.AccountOrId,
            CreatedBy = rotate.By,
        };
        AddKey(next);
        return new Answer.KeyIs(next);
    }

    private Answer ChangeKey(BrokerInput.ChangeKey change)
    {
        if (!_state.KeysById.TryGetValue(change.Id, out var key) || key.Namespace != change.Namespace)
        {
            return NotFound();
        }

        var next = key with
        {
            Methods = change.Methods ?? key.Methods,
            MaxCapacity = change.MaxCapacity ?? key.MaxCapacity,
            RequestsPerMinute = change.RequestsPerMinute ?? key.RequestsPerMinute,
        };
        AddKey(next);
        return new Answer.KeyIs(next);
    }

    private Answer Handler(string ns, string name) =>
        _state.Handlers(ns).Any(handler => handler.Name == name) ? Answer.Done.Instance : NotFound();
}
