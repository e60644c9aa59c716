using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Handlers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Producers;

/// <summary>Makes and changes schedules, and operates handlers and their keys.</summary>
internal sealed class Operator(World world)
{
    private static readonly ScheduleEditor Editor = new("simulation", OfAny: true);
    private static readonly string[] Names = ["s", "t"];

    private static readonly string[] Methods = ["a", "b"];

    private static readonly string[] Calendars = ["c", "d"];

    // Midnight in this zone is a minute after the start of a run.
    private const string CalendarZone = "Atlantic/Cape_Verde";

    private static readonly string[] Expressions =
    [
        "*/7 * * * * *",
        "*/20 * * * * *",
        "0 * * * * *",
        "0 30 2 * * *",
        "0 0,30 1-3 * * *",
    ];

    public void Save(Act act)
    {
        var draft = new Schedule
        {
            Id = new ScheduleId(world.NextGuid()),
            Namespace = Contracts.Names.DefaultNamespace,
            Name = Names[act.A % Names.Length],
            Version = 0,
            Trigger = Trigger(act),
            Job = new JobSpec { Method = act.B % 2 == 0 ? "a" : "b", Timeout = TimeSpan.FromSeconds(20) },
            Misfire = (MisfirePolicy)(act.B % 4),
            Overlap = (OverlapPolicy)(act.C % 4),
            Jitter = TimeSpan.FromSeconds(act.A % 3 * 4),
            CatchUpWindow = act.C % 3 == 0 ? TimeSpan.FromSeconds(15) : TimeSpan.FromHours(1),
            MaxOccurrences = act.C % 7 == 0 ? 5 : null,
            ExcludeCalendars = (act.A / 2 % 4) switch
            {
                0 => Calendars,
                1 => Calendars[..1],
                _ => null,
            },
            CreatedAt = default,
            ChangedAt = default,
            CreatedBy = "simulation",
        };
        Ask(ticket => new BrokerInput.SaveSchedule(ticket, Editor, draft, false, null));
    }

    /// <summary>Excludes some of the days around the run's midnight, and opens the others.</summary>
    public void SaveCalendar(Act act)
    {
        var today = DateOnly.FromDateTime(
            TimeZoneInfo.ConvertTime(World.Start, TimeZoneInfo.FindSystemTimeZoneById(CalendarZone)).Date
        );
        var draft = new CalendarRecord
        {
            Namespace = Contracts.Names.DefaultNamespace,
            Name = Calendars[act.A % Calendars.Length],
            Version = 0,
            TimeZone = CalendarZone,
            Dates = [.. Enumerable.Range(0, 3).Where(day => (act.B >> day) % 2 == 1).Select(today.AddDays)],
            Weekdays = act.C % 4 == 0 ? [today.AddDays(1).DayOfWeek] : [],
            CreatedAt = default,
            ChangedAt = default,
            CreatedBy = "simulation",
            ChangedBy = "simulation",
        };
        Ask(ticket => new BrokerInput.SaveCalendar(ticket, draft, false, null));
    }

    public void Pause(Act act)
    {
        DateTimeOffset? resumeAt =
            act.B % 2 == 0 ? world.BrokerClock.GetUtcNow() + TimeSpan.FromSeconds(act.C % 30) : null;
        Ask(ticket => new BrokerInput.PauseSchedule(
            ticket,
            Editor,
            Contracts.Names.DefaultNamespace,
            NameOf(act),
            null,
            resumeAt
        ));
    }

    public void Resume(Act act) =>
        Ask(ticket => new BrokerInput.ResumeSchedule(ticket, Editor, Contracts.Names.DefaultNamespace, NameOf(act)));

    public void Delete(Act act) =>
        Ask(ticket => new BrokerInput.DeleteSchedule(ticket, Editor, Contracts.Names.DefaultNamespace, NameOf(act)));

    public void DeleteAll()
    {
        foreach (var name in Names)
        {
            world.Desk.Ask(
                ticket => new BrokerInput.DeleteSchedule(ticket, Editor, Contracts.Names.DefaultNamespace, name),
                mustBeAnswered: true
            );
        }
    }

    public void Trigger(Act act, JobId id) =>
        Ask(ticket => new BrokerInput.TriggerSchedule(
            ticket,
            Contracts.Names.DefaultNamespace,
            NameOf(act),
            id,
            "simulation"
        ));

    public void Backfill(Act act)
    {
        // Like REST: reads the schedule, counts the instants, and asks for the version that was read.
        var now = world.BrokerClock.GetUtcNow();
        if (world.Disk.Schedules.Values.FirstOrDefault(schedule => schedule.Name == NameOf(act)) is not { } seen)
        {
            return;
        }

        var to = seen.NextNominal < now ? seen.NextNominal.Value : now;
        var from = now - TimeSpan.FromSeconds(act.B % 400);
        if (from < to)
        {
            var overlap = act.C % 2 == 0 ? OverlapPolicy.Allow : OverlapPolicy.Queue;
            Ask(ticket => new BrokerInput.BackfillSchedule(
                ticket,
                seen.Namespace,
                seen.Name,
                seen.Version,
                from,
                to,
                0,
                overlap,
                "simulation"
            ));
        }
    }

    public void CancelBackfill(Act act) =>
        Ask(ticket => new BrokerInput.CancelBackfill(
            ticket,
            Contracts.Names.DefaultNamespace,
            NameOf(act),
            "simulation"
        ));

    public void Drain(Member member, bool drained, bool mustBeAnswered = false) =>
        world.Desk.Ask(
            ticket => new BrokerInput.DrainHandler(ticket, member.Namespace, member.Handler, drained),
            mustBeAnswered: mustBeAnswered
        );

    /// <summary>Pauses a method; half of the pauses end by themselves.</summary>
    public void PauseMethod(Act act)
    {
        DateTimeOffset? until =
            act.C % 2 == 0 ? world.BrokerClock.GetUtcNow() + TimeSpan.FromSeconds(act.C % 40) : null;
        Ask(ticket => new BrokerInput.PauseMethod(
            ticket,
            world.NamespaceOf(act),
            MethodOf(act),
            "simulated",
            "simulation",
            until
        ));
    }

    public void ResumeMethod(string ns, string method, bool mustBeAnswered = false) =>
        world.Desk.Ask(ticket => new BrokerInput.ResumeMethod(ticket, ns, method), mustBeAnswered: mustBeAnswered);

    public void ResumeAll()
    {
        foreach (var ns in World.Namespaces)
        {
            foreach (var method in Methods)
            {
                ResumeMethod(ns, method, mustBeAnswered: true);
            }
        }
    }

    public static string MethodOf(Act act) => Methods[act.B % Methods.Length];

    public void Disconnect(Member member) =>
        Ask(ticket => new BrokerInput.DisconnectHandler(ticket, member.Namespace, member.Handler));

    public void Narrow(Member member, int capacity) =>
        Ask(ticket => new BrokerInput.ChangeKey(ticket, member.Namespace, member.KeyId, null, null, null, capacity));

    /// <summary>Revokes the handler's key, then makes a new one.</summary>
    public void Rekey(Member member)
    {
        var old = member.KeyId;
        world.Desk.Ask(
            ticket => new BrokerInput.RevokeKey(ticket, member.Namespace, old) { Audit = Producer.Note("keys:revoke") },
            (_, _) =>
            {
                member.Rekey();
                MakeKey(member);
            },
            mustBeAnswered: true
        );
    }

    public void MakeKey(Member member)
    {
        var key = member.Key(world.BrokerClock.GetUtcNow());
        world.Desk.Ask(
            ticket => new BrokerInput.CreateKey(ticket, key) { Audit = Producer.Note("keys:create") },
            mustBeAnswered: true
        );
    }

    private static string NameOf(Act act) => Names[act.A % Names.Length];

    private TriggerRequest Trigger(Act act) =>
        (act.C / 10 % 5) switch
        {
            0 => new TriggerRequest
            {
                Kind = TriggerKinds.Once,
                At = world.BrokerClock.GetUtcNow() + TimeSpan.FromSeconds((act.B % 40) - 5),
            },
            1 => Every(act),
            2 => new TriggerRequest { Kind = TriggerKinds.AnyOf, Triggers = [Cron(act), Every(act)] },
            _ => Cron(act),
        };

    private static TriggerRequest Every(Act act) =>
        new() { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(3 + (act.B % 27)) };

    private static TriggerRequest Cron(Act act) =>
        new()
        {
            Kind = TriggerKinds.Cron,
            Expression = Expressions[act.B % Expressions.Length],
            TimeZone = act.C % 2 == 0 ? "Europe/Berlin" : "Australia/Lord_Howe",
        };

    private void Ask(Func<Ticket, BrokerInput.Request> make) => world.Desk.Ask(make);
}
