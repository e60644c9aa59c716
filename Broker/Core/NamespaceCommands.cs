using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Pauses;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// Decides the deletion of namespaces, which reaches into every folder. At once the namespace is closed, its keys are
/// revoked, its sessions are closed, and roles in it are taken away. Then its schedules, calendars, handlers and jobs
/// are removed, a few in a turn. At last the store is asked to delete the history; when that is done, the name is free.
/// A start of the Broker in between goes on with the deletion.
/// </summary>
internal sealed class NamespaceCommands(
    NamespaceTable namespaces,
    AccessTable access,
    KeyTable keys,
    SessionTable sessions,
    HandlerTable handlers,
    ScheduleTable schedules,
    CalendarTable calendars,
    PauseTable pauses,
    AlertTable alerts,
    JobTable jobs,
    Dispatcher dispatcher,
    TimerHeap wall
)
{
    /// <summary>How many things are removed in one turn at most, so that others come between.</summary>
    private const int RemovedAtOnceMax = 500;

    /// <summary>The jobs that are still to be dropped, by the name of the namespace that is being deleted.</summary>
    private readonly Dictionary<string, Stack<JobSlot>> _jobsToRemove = new(StringComparer.Ordinal);

    public Answer Delete(BrokerInput.DeleteNamespace asked, Decision decision)
    {
        var quota = namespaces.Of(asked.Namespace);
        if (!quota.IsOpen || RecordOf(quota.Name) is not { } record)
        {
            return Refusals.NoSuchNamespace;
        }

        if (quota.Name == Names.DefaultNamespace)
        {
            return new Answer.Refused(ErrorCodes.Conflict, "The namespace \"default\" stays.");
        }

        access.Replace(record with { DeletedAt = decision.Now.Wall }, decision);
        foreach (var key in keys.All.Where(key => key.Namespace == quota.Name && key.RevokedAt is null).ToList())
        {
            keys.Save(key with { RevokedAt = decision.Now.Wall }, decision);
            sessions.CloseAll(key.Id, "The namespace was deleted.", decision);
        }

        // Grants that stayed would be valid in the next namespace of that name.
        access.TakeGrantsAway(quota.Name, decision);
        GoOn(quota, decision.Now.Wall);
        return Answer.Done.Instance;
    }

    /// <summary>Goes on with the deletions that were under way when the Broker stopped.</summary>
    public void Restore(DateTimeOffset now)
    {
        foreach (var quota in namespaces.All.Where(open => RecordOf(open.Name) is { DeletedAt: not null }))
        {
            GoOn(quota, now);
        }
    }

    /// <summary>
    /// Removes the next things of a namespace that is being deleted. Called by the namespace's timer.
    /// </summary>
    public void RemoveNext(NamespaceQuota quota, Decision decision)
    {
        var left = RemovedAtOnceMax;
        foreach (var schedule in schedules.All.Where(schedule => schedule.Namespace == quota.Name).Take(left).ToList())
        {
            schedules.Delete(schedules.Find(quota.Name, schedule.Name)!, decision);
            left--;
        }

        // Calendars go after the last schedule, because a schedule may name one.
        foreach (var calendar in left > 0 ? calendars.In(quota.Name).Take(left).ToList() : [])
        {
            calendars.Delete(calendar, decision);
            left--;
        }

        foreach (var pause in pauses.In(quota.Name).Take(left).ToList())
        {
            pauses.End(pause, decision);
            left--;
        }

        foreach (var row in left > 0 ? alerts.In(quota.Name).Take(left).ToList() : [])
        {
            alerts.Delete(row, decision);
            left--;
        }

        foreach (var handler in handlers.All.Where(handler => handler.Namespace == quota.Name).Take(left).ToList())
        {
            handlers.Delete(handler, decision);
            left--;
        }

        left = RemoveJobs(quota, left, decision);
        if (left >= 0)
        {
            jobs.Deduplication.Forget(quota.Name, decision);
            decision.Effects.Add(new Effect.NamespaceEmptied(quota.Name));
        }
        else
        {
            GoOn(quota, decision.Now.Wall);
        }
    }

    /// <summary>Removes the next jobs of a namespace that is being deleted.</summary>
    /// <param name="left">How many may be removed.</param>
    /// <returns>How many more could have been removed; negative when some are left.</returns>
    private int RemoveJobs(NamespaceQuota quota, int left, Decision decision)
    {
        if (!_jobsToRemove.TryGetValue(quota.Name, out var slots))
        {
            _jobsToRemove[quota.Name] = slots = jobs.In(quota.Name);
        }

        while (left-- > 0 && slots.TryPop(out var slot))
        {
            Remove(slot, decision);
        }

        return left;
    }

    /// <summary>Ends a deletion: the store holds nothing of the namespace any more.</summary>
    public void Finish(BrokerInput.NamespacePurged purged, Decision decision)
    {
        var ns = purged.Namespace;
        if (RecordOf(ns) is { DeletedAt: not null } record)
        {
            _jobsToRemove.Remove(ns);
            access.Delete(record.Kind, record.Key, decision);
            dispatcher.Forget(ns, decision);
            namespaces.Forget(ns);
        }
    }

    private NamespaceRecord? RecordOf(string ns) => access.Find(AccessKind.Namespace, ns) as NamespaceRecord;

    private void GoOn(NamespaceQuota quota, DateTimeOffset now) => wall.Set(quota, now.UtcTicks);

    // A job that waits is dropped without an end. A job that runs, at a handler that has not come back yet, is
    // cancelled without a grace, which fences its attempt off.
    private void Remove(JobSlot slot, Decision decision)
    {
        if (slot.Job is { State: JobState.Running, Token: var token })
        {
            jobs.Step(slot, new JobEvent.CancelRequested(TimeSpan.Zero), decision);
            jobs.Step(slot, new JobEvent.GraceOver(token), decision);
        }
        else if (!slot.Job.IsFinished)
        {
            jobs.Drop(slot, decision);
        }
    }
}
