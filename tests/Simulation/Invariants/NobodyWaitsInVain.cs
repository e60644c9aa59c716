using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Pauses;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Handlers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>No job is ready while a free, permitted handler offers its method.</summary>
internal sealed class NobodyWaitsInVain(World world, RateLimitsAreKept rates) : Invariant(world)
{
    private sealed record Free(string Namespace, HandlerView Handler, SessionView Session);

    public override void Rested(BrokerProcess broker)
    {
        // Tokens of a rate limit come back without an input. The loop has looked at them only when it has just turned.
        var hasTurned = broker.RestedAt == World.Agenda.Now;
        var waiting = World
            .Disk.Jobs.Values.Where(job =>
                job.Current is null
                && broker.Core.State.FindJob(job.Namespace, job.Id) is { Job.State: JobState.Ready }
                && HasPlace(job)
                && (hasTurned || job.Spec.RateLimit is null)
                && rates.LetIn(job)
            )
            .ToList();
        if (waiting.Count == 0)
        {
            return;
        }

        var free = World
            .Namespaces.SelectMany(ns => broker.Core.State.Handlers(ns).Select(handler => (ns, handler)))
            .Where(entry => !entry.handler.Drained)
            .SelectMany(entry => entry.handler.Sessions.Select(session => new Free(entry.ns, entry.handler, session)))
            .Where(entry =>
                entry.Session.State == "ready" && entry.Session.Running < entry.Session.Capacity && HasPlace(entry)
            )
            .ToList();
        if (free.Count == 0)
        {
            return;
        }

        foreach (var job in waiting)
        {
            if (free.Find(entry => MayTake(entry, job)) is { } idle)
            {
                Require(false, () => $"{job.Id} waits while {idle.Handler.Name} is free and offers {job.Spec.Method}");
            }
        }
    }

    private bool HasPlace(Job job)
    {
        if (World.Disk.Pauses.ContainsKey((job.Namespace, PauseSubject.Method, job.Spec.Method)))
        {
            return false;
        }

        if (
            job.Namespace == "tenant"
            && Running(other => other.Namespace == "tenant") >= World.TenantLimits.RunningJobs
        )
        {
            return false;
        }

        if (
            World.WorkLimitsOf(World.TenantLimits.PerMethod, job.Namespace, job.Spec.Method)?.RunningJobs is { } max
            && Running(other => other.Namespace == job.Namespace && other.Spec.Method == job.Spec.Method) >= max
        )
        {
            return false;
        }

        return job.Spec.ConcurrencyKey is not { } key
            || Running(other => other.Namespace == job.Namespace && other.Spec.ConcurrencyKey == key)
                < job.Spec.ConcurrencyLimit;
    }

    private bool HasPlace(Free free) =>
        (
            World.WorkLimitsOf(World.TenantLimits.PerHandler, free.Namespace, free.Handler.Name)?.RunningJobs
                is not { } max
            || Running(job => job.Namespace == free.Namespace && job.Current!.Handler == free.Handler.Name) < max
        ) && rates.LetIn(free.Namespace, free.Handler.Name);

    private bool MayTake(Free free, Job job) =>
        free.Namespace == job.Namespace
        && (job.Spec.Handler is null || job.Spec.Handler == free.Handler.Name)
        && (job.Spec.Group is null || job.Spec.Handler is not null || free.Handler.Groups.Contains(job.Spec.Group))
        && Member
            .MethodsOf(free.Handler.Name)
            .Any(offer =>
                offer.Name == job.Spec.Method
                && (
                    offer.MaxConcurrent is not { } max
                    || Running(other => IsOf(other, free) && other.Spec.Method == offer.Name) < max
                )
            );

    private static bool IsOf(Job job, Free free) =>
        job.Namespace == free.Namespace
        && job.Current!.Handler == free.Handler.Name
        && job.Current.Instance == free.Session.Instance;

    private int Running(Func<Job, bool> counts) =>
        World.Disk.Jobs.Values.Count(job => job.Current is not null && counts(job));
}
