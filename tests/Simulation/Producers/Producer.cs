using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Handlers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Producers;

/// <summary>Enqueues, cancels, hurries and changes jobs.</summary>
internal sealed partial class Producer(World world)
{
    private static readonly string[] Methods = ["a", "b", "c"];

    private static readonly RateLimit?[] Rates =
    [
        null,
        null,
        null,
        new("r", 1, TimeSpan.FromSeconds(1)),
        new("r", 3, TimeSpan.FromSeconds(2)),
        new("s", 4, TimeSpan.FromSeconds(3)),
    ];

    public void Enqueue(Act act) => Enqueue(act, [Spec(act.A, act.B, act.C)]);

    public void EnqueueBatch(Act act)
    {
        var chance = new Random(act.A);
        Enqueue(
            act,
            [.. Enumerable.Range(0, 2 + (act.B % 5)).Select(_ => Spec(chance.Next(), chance.Next(), chance.Next()))]
        );
    }

    public void Cancel(Act act)
    {
        if (Known(act.A) is { } id)
        {
            var grace = act.B % 3 == 0 ? TimeSpan.FromSeconds(act.C % 8) : (TimeSpan?)null;
            world.Desk.Ask(ticket => new BrokerInput.CancelJob(ticket, world.NamespaceOf(id), id, grace)
            {
                Audit = Note("jobs:cancel"),
            });
        }
    }

    public void Retry(Act act)
    {
        if (Known(act.A) is { } id)
        {
            if (act.B % 4 == 0)
            {
                Change(act, id);
                return;
            }

            world.Desk.Ask(ticket => new BrokerInput.RetryJob(ticket, world.NamespaceOf(id), id)
            {
                Audit = Note("jobs:retry"),
            });
        }
    }

    // The new time lies ahead: nobody could tell whether a job should have gone before another at a time in the past.
    private void Change(Act act, JobId id) =>
        world.Desk.Ask(ticket => new BrokerInput.ChangeJob(
            ticket,
            world.NamespaceOf(id),
            id,
            new JobChanges
            {
                RunAt = act.C % 3 == 0 ? null : world.BrokerClock.GetUtcNow() + TimeSpan.FromSeconds(1 + (act.C % 20)),
                Params = act.C % 3 == 1 ? default : RawJson.Parse($"[{act.C}]"),
            }
        )
        {
            Audit = Note("jobs:change"),
        });

    public static AuditNote Note(string action) => new() { Actor = "key:simulation", Action = action };

    private JobId? Known(int draw) => world.KnownJobs is { Count: > 0 } known ? known[draw % known.Count] : null;

    private void Enqueue(Act act, IReadOnlyList<JobSpec> specs)
    {
        var ns = NamespaceOf(act);
        var runAt = RunAt(act);
        // A producer without a deduplication key cannot ask again, since it does not know whether its first try came
        // through.
        var mayRepeat = specs.All(spec => spec.DeduplicationKey is not null);
        var drops = mayRepeat && act.B % 3 == 0 ? 1 : 0;
        BrokerInput.Request Make(Ticket ticket) =>
            new BrokerInput.Enqueue(
                ticket,
                [.. specs.Select(spec => new NewJob(world.NextJob(), ns, spec, default, runAt, "simulation"))]
            );
        world.Desk.Ask(
            Make,
            (_, _) =>
            {
                // The answer is lost on its way to a producer that waits for it, so the producer asks again.
                if (drops-- > 0)
                {
                    world.Agenda.In(
                        TimeSpan.FromSeconds(act.C % 10),
                        () => world.Desk.Ask(Make, null, mustBeAnswered: true)
                    );
                }
            },
            mustBeAnswered: mayRepeat
        );
    }

    private JobSpec Spec(int a, int b, int c)
    {
        var chance = new Random(a ^ (b * 31) ^ (c * 17));
        var key = chance.Next(6);
        var method = Methods[chance.Next(Methods.Length)];
        string[] offering =
        [
            .. World.Handlers.Where(handler => Member.MethodsOf(handler).Any(offer => offer.Name == method)),
        ];
        return new JobSpec
        {
            Method = method,
            // In a namespace without a handler of that name, the job waits until somebody cancels it.
            Handler = chance.Next(8) == 0 ? offering[chance.Next(offering.Length)] : null,
            Group = chance.Next(8) == 0 ? Member.GroupOf(offering[chance.Next(offering.Length)]) : null,
            Priority = chance.Next(-1, 2),
            Timeout = TimeSpan.FromSeconds(chance.Next(1, 120)),
            Retry = new RetryPolicy(
                chance.Next(1, 5),
                (BackoffKind)chance.Next(3),
                TimeSpan.FromSeconds(chance.Next(3)),
                TimeSpan.FromSeconds(9),
                0.2
            ),
            StartDeadline =
                chance.Next(7) == 0 ? world.BrokerClock.GetUtcNow() + TimeSpan.FromSeconds(chance.Next(-1, 40)) : null,
            DeduplicationKey = chance.Next(3) == 0 ? $"d{chance.Next(6)}" : null,
            DeduplicationWindow = chance.Next(2) == 0 ? TimeSpan.FromSeconds(chance.Next(60)) : null,
            ConcurrencyKey = key < 3 ? $"k{key}" : null,
            ConcurrencyLimit = World.ConcurrencyLimitOf(key),
            RateLimit = Rates[chance.Next(Rates.Length)],
        };
    }
}
