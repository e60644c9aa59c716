using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Producers;

/// <summary>
/// Enqueues jobs that run after others: after waiting, running and ended jobs, and after members of their own set.
/// </summary>
internal sealed partial class Producer
{
    private const int LooksMax = 5;

    public void EnqueueChain(Act act)
    {
        var chance = new Random(act.A);
        if (Some(chance, NamespaceOf(act)) is { Length: > 0 } after)
        {
            EnqueueAfter(
                NamespaceOf(act),
                [Link(Spec(act.A, act.B, act.C), chance, after, NamespaceOf(act), RunAt(act))]
            );
        }
    }

    public void EnqueueSet(Act act)
    {
        EnqueueAfter(NamespaceOf(act), Set(act));
    }

    public void SubmitBatch(Act act)
    {
        var chance = new Random(act.C);
        var ns = NamespaceOf(act);
        NewJob[] jobs = [.. Set(act).Select(WithoutKey)];
        var completion =
            chance.Next(4) == 0
                ? null
                : WithoutKey(
                    new NewJob(world.NextJob(), ns, Spec(act.B, act.C, act.A), default, RunAt(act), "simulation")
                );
        EnqueueAfter(ns, jobs, batch: new NewBatch(new BatchId(world.NextGuid()), null, "simulation", completion));
    }

    public void CancelBatch(Act act)
    {
        if (world.Disk.Batches.Count > 0)
        {
            var batch = world.Disk.Batches.Values.ElementAt(act.A % world.Disk.Batches.Count);
            world.Desk.Ask(ticket => new BrokerInput.CancelBatch(ticket, batch.Namespace, batch.Id)
            {
                Audit = Note("jobs:cancel"),
            });
        }
    }

    private static NewJob WithoutKey(NewJob job) =>
        job with
        {
            Spec = job.Spec with { DeduplicationKey = null, DeduplicationWindow = null },
        };

    private List<NewJob> Set(Act act)
    {
        var chance = new Random(act.A);
        var (ns, set) = (NamespaceOf(act), new List<NewJob>());
        for (var left = 2 + (act.B % 6); left > 0; left--)
        {
            var outside = chance.Next(4) == 0 ? Some(chance, ns) : [];
            JobId[] after = [.. outside, .. set.Where(_ => chance.Next(3) == 0).Select(job => job.Id)];
            set.Add(Link(Spec(chance.Next(), chance.Next(), chance.Next()), chance, after, ns, null));
        }

        return set;
    }

    // Like the edge: jobs that the loop does not hold are looked up on the disk.
    private void EnqueueAfter(
        string ns,
        IReadOnlyList<NewJob> jobs,
        Dictionary<JobId, JobState>? ends = null,
        int looks = 0,
        NewBatch? batch = null
    ) =>
        world.Desk.Ask(
            ticket => new BrokerInput.Enqueue(ticket, jobs) { Ends = ends, Batch = batch },
            (_, answer) =>
            {
                if (answer is not Answer.EndsNeeded needed || looks == LooksMax)
                {
                    return;
                }

                var known = new Dictionary<JobId, JobState>(ends ?? []);
                foreach (var id in needed.Ids)
                {
                    if (world.Disk.Find(id) is not { } found || found.Namespace != ns)
                    {
                        return; // The set is refused.
                    }

                    if (found.IsFinished)
                    {
                        known[id] = found.State;
                    }
                }

                EnqueueAfter(ns, jobs, known, looks + 1, batch);
            }
        );

    private NewJob Link(
        Broker.Core.Jobs.JobSpec spec,
        Random chance,
        JobId[] after,
        string ns,
        DateTimeOffset? runAt
    ) =>
        new(world.NextJob(), ns, spec, default, runAt, "simulation")
        {
            After = after.Length == 0 ? null : after,
            AfterFailure = (AfterFailure)chance.Next(2),
        };

    // Mostly young jobs, which have not ended yet.
    private JobId[] Some(Random chance, string ns)
    {
        var known = world.KnownJobs.Where(id => world.NamespaceOf(id) == ns).ToList();
        return known.Count == 0
            ? []
            :
            [
                .. Enumerable
                    .Range(0, 1 + chance.Next(3))
                    .Select(_ =>
                        known[^(1 + chance.Next(Math.Min(known.Count, chance.Next(4) == 0 ? known.Count : 8)))]
                    )
                    .Distinct(),
            ];
    }

    private static string NamespaceOf(Act act) => World.Namespaces[act.A % World.Namespaces.Count];

    private DateTimeOffset? RunAt(Act act) =>
        act.C % 4 == 0 ? world.BrokerClock.GetUtcNow() + TimeSpan.FromSeconds((act.C % 65) - 5) : null;
}
