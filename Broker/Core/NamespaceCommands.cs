using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// Decides the deletion of namespaces, which reaches into every folder. At once: nobody gets in any more, keys are
/// revoked, sessions closed, roles there taken away. Then what the namespace holds goes, a little at a time; at last
/// the store is told to forget the history, and the name is free when that is done. A start of the Broker in between
/// goes on where it was.
/// </summary>
internal sealed class NamespaceCommands(
    NamespaceTable namespaces,
    AccessTable access,
    KeyTable keys,
    SessionTable sessions,
    HandlerTable handlers,
    ScheduleTable schedules,
    CalendarTable calendars,
    JobTable jobs,
    Dispatcher dispatcher,
    TimerHeap wall
)
{
    /// <summary>Things that go in one step, so that others come between.</summary>
    private const int RemovedAtOnceMax = 500;

    /// <summary>The jobs that are still to go, by the name of the namespace that is being deleted.</summary>
    private readonly Dictionary<string, Stack<JobSlot>> _jobsToRemove = new(StringComparer.Ordinal);

    public Answer Delete(BrokerInput.DeleteNamespace asked, Decision decision)
    {
        var use = namespaces.Of(asked.Namespace);
        if (!use.IsOpen || RecordOf(use.Name) is not { } record)
        {
            return Refusals.NoSuchNamespace;
        }

        if (use.Name == Names.DefaultNamespace)
        {
            return new Answer.Refused(ErrorCodes.Conflict, "The namespace \"default\" stays.");
        }

        access.Replace(record with { DeletedAt = decision.Now.Wall }, decision);
        foreach (var key in keys.All.Where(key => key.Namespace == use.Name && key.RevokedAt is null).ToList())
        {
            keys.Save(key with { RevokedAt = decision.Now.Wall }, decision);
            sessions.CloseAll(key.Id, "The namespace was deleted.", decision);
        }

        // Grants that stayed would hold in the next namespace of that name.
        access.TakeGrantsAway(use.Name, decision);
        GoOn(use, decision.Now.Wall);
        return Answer.Done.Instance;
    }

    /// <summary>Goes on with the deletions that were under way when the Broker stopped.</summary>
    public void Restore(DateTimeOffset now)
    {
        foreach (var use in namespaces.All.Where(use => RecordOf(use.Name) is { DeletedAt: not null }))
        {
            GoOn(use, now);
        }
    }

    /// <summary>
    /// Removes the next things of a namespace that is being deleted; called by the namespace's timer.
    /// </summary>
    public void RemoveNext(NamespaceQuota use, Decision decision)
    {
        var left = RemovedAtOnceMax;
        foreach (var schedule in schedules.All.Where(schedule => schedule.Namespace == use.Name).Take(left).ToList())
        {
            schedules.Delete(schedules.Find(use.Name, schedule.Name)!, decision);
            left--;
        }

        // Calendars go after the last schedule, because a schedule may name one.
        foreach (var calendar in left > 0 ? calendars.In(use.Name).Take(left).ToList() : [])
        {
            calendars.Delete(calendar, decision);
            left--;
        }

        foreach (var handler in handlers.All.Where(handler => handler.Namespace == use.Name).Take(left).ToList())
        {
            handlers.Delete(handler, decision);
            left--;
        }

        if (!_jobsToRemove.TryGetValue(use.Name, out var slots))
        {
            _jobsToRemove[use.Name] = slots = jobs.In(use.Name);
        }

        while (left-- > 0 && slots.TryPop(out var slot))
        {
            Remove(slot, decision);
        }

        if (left >= 0)
        {
            jobs.Deduplication.Forget(use.Name, decision);
            decision.Effects.Add(new Effect.NamespaceEmptied(use.Name));
        }
        else
        {
            GoOn(use, decision.Now.Wall);
        }
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

    private void GoOn(NamespaceQuota use, DateTimeOffset now) => wall.Set(use, now.UtcTicks);

    // A job that waits goes as it is. One that runs, at a handler that is not back yet, is fenced off by its end.
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
