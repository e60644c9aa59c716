using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core;

/// <summary>What operators ask for, where it takes more than one call. Each answers its ticket exactly once.</summary>
internal static class Commands
{
    public static void Cancel(BrokerInput.CancelJob asked, JobTable jobs, CoreOptions options, Decision decision)
    {
        if (Find(asked.Ticket, asked.Namespace, asked.Id, jobs, decision) is not { } slot)
        {
            return;
        }

        jobs.Cancel(slot, asked.Grace ?? options.CancelGrace, decision);
        decision.Answer(asked.Ticket, new Answer.JobIs(slot.Job));
    }

    public static void Retry(BrokerInput.RetryJob asked, JobTable jobs, Decision decision)
    {
        if (Find(asked.Ticket, asked.Namespace, asked.Id, jobs, decision) is not { } slot)
        {
            return;
        }

        if (slot.Job.State == JobState.Running)
        {
            decision.Refuse(asked.Ticket, ErrorCodes.Conflict, "The job is running; there is no wait to end.");
            return;
        }

        jobs.Step(slot, new JobEvent.RetryRequested(), decision);
        decision.Answer(asked.Ticket, new Answer.JobIs(slot.Job));
    }

    public static void Prioritise(BrokerInput.PrioritiseJob asked, JobTable jobs, Decision decision)
    {
        if (Find(asked.Ticket, asked.Namespace, asked.Id, jobs, decision) is not { } slot)
        {
            return;
        }

        if (slot.Job.State == JobState.Running)
        {
            decision.Refuse(
                asked.Ticket,
                ErrorCodes.Conflict,
                "The job is running; its priority counts only while it waits."
            );
            return;
        }

        jobs.Prioritise(slot, slot.Job.Spec with { Priority = asked.Priority }, decision);
        decision.Answer(asked.Ticket, new Answer.JobIs(slot.Job));
    }

    public static void Act(BrokerInput.ActOnJobs asked, JobTable jobs, CoreOptions options, Decision decision)
    {
        var changed = 0;
        var wishes = new Dictionary<JobSpec, JobSpec>(ReferenceEqualityComparer.Instance);
        foreach (var id in asked.Ids)
        {
            if (
                jobs.Find(asked.Namespace, id) is { } slot
                && asked.Matches(slot.Job)
                && TryAct(asked.Act, slot, wishes, jobs, options, decision)
            )
            {
                changed++;
            }
        }

        decision.Answer(asked.Ticket, new Answer.ActedOn(changed));
    }

    /// <param name="wishes">Specs with their new priority, by the old spec: jobs that share one go on to share
    /// it.</param>
    private static bool TryAct(
        JobAct act,
        JobSlot slot,
        Dictionary<JobSpec, JobSpec> wishes,
        JobTable jobs,
        CoreOptions options,
        Decision decision
    )
    {
        switch (act)
        {
            case JobAct.Cancel cancel:
                return jobs.Cancel(slot, cancel.Grace ?? options.CancelGrace, decision);
            case JobAct.Retry:
                return jobs.Step(slot, new JobEvent.RetryRequested(), decision);
            case JobAct.Prioritise to:
                var spec = slot.Job.Spec;
                if (!wishes.TryGetValue(spec, out var next))
                {
                    wishes[spec] = next = spec with { Priority = to.Priority };
                }

                return jobs.Prioritise(slot, next, decision);
            default:
                throw new InvalidOperationException($"Nobody does {act.GetType().Name}.");
        }
    }

    public static void Save(
        BrokerInput.SaveSchedule asked,
        ScheduleTable schedules,
        CalendarTable calendars,
        NamespaceTable namespaces,
        Decision decision
    )
    {
        if (RefuseClosed(asked.Ticket, asked.Draft.Namespace, namespaces, decision))
        {
            return;
        }

        var old = schedules.Find(asked.Draft.Namespace, asked.Draft.Name)?.Schedule;
        if (old is not null && !asked.By.MayChange(old))
        {
            RefuseForeign(asked.Ticket, old, decision);
        }
        else if (old is not null && asked.MustBeNew)
        {
            decision.Refuse(
                asked.Ticket,
                ErrorCodes.Conflict,
                $"The schedule \"{old.Name}\" exists, in version {old.Version}."
            );
        }
        else if (asked.ExpectedVersion is { } expected && expected != (old?.Version ?? 0))
        {
            decision.Refuse(
                asked.Ticket,
                ErrorCodes.Conflict,
                $"The schedule is at version {old?.Version ?? 0}, not {expected}: read it again."
            );
        }
        else if (old is null && !schedules.HasRoom(asked.Draft.Namespace, 1))
        {
            decision.Refuse(asked.Ticket, ErrorCodes.Conflict, "The namespace has as many schedules as it may.");
        }
        else if (
            asked.Draft.ExcludeCalendars?.FirstOrDefault(name => calendars.Find(asked.Draft.Namespace, name) is null) is
            { } unknown
        )
        {
            decision.Refuse(
                asked.Ticket,
                ErrorCodes.Invalid,
                $"excludeCalendars: There is no calendar \"{unknown}\" in this namespace."
            );
        }
        else if (
            TriggerClock.TryCreate(asked.Draft.Trigger, old?.CreatedAt ?? decision.Now.Wall, out var problem) is
            { } clock
        )
        {
            decision.Answer(asked.Ticket, new Answer.ScheduleIs(schedules.Save(asked.Draft, clock, decision)));
        }
        else
        {
            decision.Refuse(asked.Ticket, ErrorCodes.Invalid, $"trigger.{problem.Field}: {problem.Reason}");
        }
    }

    public static void Revoke(BrokerInput.RevokeKey asked, KeyTable keys, SessionTable sessions, Decision decision)
    {
        if (keys.Find(asked.Id) is not { } key || key.Namespace != asked.Namespace)
        {
            decision.Refuse(asked.Ticket, ErrorCodes.NotFound, $"There is no key \"{asked.Id}\".");
            return;
        }

        if (key.RevokedAt is null)
        {
            keys.Save(key with { RevokedAt = decision.Now.Wall }, decision);
            sessions.CloseAll(key.Id, "The API key was revoked.", decision);
        }

        decision.Answer(asked.Ticket, Answer.Done.Instance);
    }

    public static void Disconnect(
        BrokerInput.DisconnectHandler asked,
        HandlerRecord handler,
        SessionTable sessions,
        Decision decision
    )
    {
        foreach (var session in SessionsOf(handler, sessions))
        {
            if (session.Connection is { } connection)
            {
                decision.Effects.Add(
                    new Effect.Close(connection.Number, ErrorCodes.Unavailable, "An operator closed the connection.")
                );
                sessions.Disconnect(connection.Number, decision);
            }
        }

        decision.Answer(asked.Ticket, Answer.Done.Instance);
    }

    public static void Delete(
        BrokerInput.DeleteHandler asked,
        HandlerRecord handler,
        HandlerTable handlers,
        SessionTable sessions,
        Decision decision
    )
    {
        if (SessionsOf(handler, sessions).Count > 0)
        {
            decision.Refuse(
                asked.Ticket,
                ErrorCodes.Conflict,
                "The handler is connected; revoke its key or disconnect it first."
            );
            return;
        }

        handlers.Delete(handler, decision);
        decision.Answer(asked.Ticket, Answer.Done.Instance);
    }

    /// <summary>Null, with the ticket refused, when there is no such schedule.</summary>
    public static ScheduleSlot? Find(Ticket ticket, string ns, string name, ScheduleTable schedules, Decision decision)
    {
        var slot = schedules.Find(ns, name);
        if (slot is null)
        {
            decision.Refuse(ticket, ErrorCodes.NotFound, $"There is no schedule \"{name}\".");
        }

        return slot;
    }

    /// <summary>Null, with the ticket refused, when there is no such schedule, or it is another's.</summary>
    public static ScheduleSlot? Find(
        Ticket ticket,
        ScheduleEditor by,
        string ns,
        string name,
        ScheduleTable schedules,
        Decision decision
    )
    {
        var slot = Find(ticket, ns, name, schedules, decision);
        if (slot is null || by.MayChange(slot.Schedule))
        {
            return slot;
        }

        RefuseForeign(ticket, slot.Schedule, decision);
        return null;
    }

    /// <summary>Null, with the ticket refused, when there is no such handler.</summary>
    public static HandlerRecord? Find(Ticket ticket, string ns, string name, HandlerTable handlers, Decision decision)
    {
        var handler = handlers.Find(ns, name);
        if (handler is null)
        {
            decision.Refuse(ticket, ErrorCodes.NotFound, $"There is no handler \"{name}\".");
        }

        return handler;
    }

    /// <summary>True, with the ticket refused, when the namespace does not exist, or not any more.</summary>
    public static bool RefuseClosed(Ticket ticket, string ns, NamespaceTable namespaces, Decision decision)
    {
        if (namespaces.IsOpen(ns))
        {
            return false;
        }

        decision.Refuse(ticket, ErrorCodes.NotFound, "There is no such namespace.");
        return true;
    }

    public static void RefuseFull(Ticket ticket, Decision decision) =>
        decision.Refuse(
            ticket,
            ErrorCodes.RateLimited,
            "The namespace, or the whole Broker, has as many waiting jobs, or stored bytes, as it may; come "
                + "again when some have run, or been forgotten."
        );

    /// <summary>True, with the ticket refused, when the disk is nearly full.</summary>
    public static bool RefuseOnLowDisk(Ticket ticket, WholeUse whole, Decision decision)
    {
        if (!whole.IsDiskLow)
        {
            return false;
        }

        RefuseForDisk(ticket, decision);
        return true;
    }

    public static void RefuseForDisk(Ticket ticket, Decision decision) =>
        decision.Refuse(
            ticket,
            ErrorCodes.StorageFull,
            "The Broker's disk is nearly full, so it takes no new work; jobs that are there are finished, and "
                + "can be read, cancelled and deleted. Come again later."
        );

    private static void RefuseForeign(Ticket ticket, Schedule schedule, Decision decision) =>
        decision.Refuse(
            ticket,
            ErrorCodes.Forbidden,
            $"The schedule \"{schedule.Name}\" is {schedule.Owner}'s; changing those of others takes "
                + "schedules:write-any, and pausing them schedules:pause."
        );

    private static JobSlot? Find(Ticket ticket, string ns, JobId id, JobTable jobs, Decision decision)
    {
        var slot = jobs.Find(ns, id);
        if (slot is null)
        {
            decision.Refuse(ticket, ErrorCodes.NotFound, $"There is no unfinished job {id}.");
        }

        return slot;
    }

    private static List<Session> SessionsOf(HandlerRecord handler, SessionTable sessions) =>
        [.. sessions.All.Where(session => session.Namespace == handler.Namespace && session.Handler == handler.Name)];
}
