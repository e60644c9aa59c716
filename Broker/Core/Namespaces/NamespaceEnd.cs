using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Namespaces;

/// <summary>
/// The deletion of a namespace. At once: nobody gets in any more, keys are revoked, sessions closed, roles there taken
/// away. Then, a little at a time, what it holds; at last the store is told to forget its history, and the name is free
/// when that is done. A start in between goes on where it was.
/// </summary>
internal sealed class NamespaceEnd(
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
    private const int AtOnceMax = 500;

    public void Begin(BrokerInput.DeleteNamespace asked, Decision decision)
    {
        var use = namespaces.Of(asked.Namespace);
        if (!use.IsOpen || use.Record is null)
        {
            decision.Refuse(asked.Ticket, ErrorCodes.NotFound, "There is no such namespace.");
            return;
        }

        if (asked.Namespace == Names.DefaultNamespace)
        {
            decision.Refuse(asked.Ticket, ErrorCodes.Conflict, "The namespace \"default\" stays.");
            return;
        }

        access.Keep(use.Record with { DeletedAt = decision.Now.Wall, Version = use.Record.Version + 1 }, decision);
        foreach (var key in keys.All.Where(key => key.Namespace == use.Name && key.RevokedAt is null).ToList())
        {
            keys.Save(key with { RevokedAt = decision.Now.Wall }, decision);
            sessions.CloseAll(key.Id, "The namespace was deleted.", decision);
        }

        // Or they would be there again for the next of that name.
        access.TakeGrantsAway(use.Name, decision);
        Resume(use, decision.Now.Wall);
        decision.Answer(asked.Ticket, Answer.Done.Instance);
    }

    /// <summary>Arms the timer of a namespace that is on its way out.</summary>
    public void Resume(NamespaceUse use, DateTimeOffset now) => wall.Set(use, now.UtcTicks);

    public void Tick(NamespaceUse use, Decision decision)
    {
        var left = AtOnceMax;
        foreach (var schedule in schedules.All.Where(schedule => schedule.Namespace == use.Name).Take(left).ToList())
        {
            schedules.Delete(schedules.Find(use.Name, schedule.Name)!, decision);
            left--;
        }

        // Not before the last schedule that may name one.
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

        use.Doomed ??= jobs.In(use.Name);
        while (left-- > 0 && use.Doomed.TryPop(out var slot))
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
            Resume(use, decision.Now.Wall);
        }
    }

    // One that waits goes as it is. One that runs, at a handler that is not back yet, is fenced off by its end.
    private void Remove(JobSlot slot, Decision decision)
    {
        if (slot.Job is { State: Contracts.Rest.JobState.Running, Token: var token })
        {
            jobs.Step(slot, new JobEvent.CancelRequested(TimeSpan.Zero), decision);
            jobs.Step(slot, new JobEvent.GraceOver(token), decision);
        }
        else if (!slot.Job.IsFinished)
        {
            jobs.Drop(slot, decision);
        }
    }

    /// <summary>The store has nothing of it any more.</summary>
    public void Finish(string ns, Decision decision)
    {
        if (namespaces.Of(ns) is { Record: { DeletedAt: not null } record } use)
        {
            use.Doomed = null;
            access.Forget(record.Kind, record.Key, decision);
            dispatcher.Forget(ns, decision);
            namespaces.Forget(ns);
        }
    }
}
