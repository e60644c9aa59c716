using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>
/// In no period, wherever it begins, do more attempts start than a rate limit allows. This holds across restarts, as
/// long as nobody sets the wall clock.
/// </summary>
internal sealed class RateLimitsAreKept(World world) : Invariant(world)
{
    private readonly Dictionary<string, List<DateTimeOffset>> _starts = [];

    public override void Committing(Change change)
    {
        if (
            World.IsWallSet
            || change is not Change.JobAssigned assigned
            || World.Disk.Jobs.GetValueOrDefault(assigned.Id) is not { } job
        )
        {
            return;
        }

        var at = assigned.Attempt.AssignedAt;
        foreach (var (name, rate) in OfJob(job).Concat(OfHandler(job.Namespace, assigned.Attempt.Handler)))
        {
            var starts = StartsOf(name);
            starts.Add(at);
            var within = Within(starts, at - rate.Period);
            Require(
                within <= rate.Limit,
                () => $"{within} attempts began under {name}, where {rate.Limit} may in {rate.Period}"
            );
        }
    }

    /// <summary>
    /// Whether the rate limits of the job have room, apart from the small delay with which tokens come back.
    /// </summary>
    public bool LetIn(Job job) => OfJob(job).All(HasToken);

    public bool LetIn(string ns, string handler) => OfHandler(ns, handler).All(HasToken);

    private bool HasToken((string Name, RateOptions Rate) limit) =>
        !World.IsWallSet
        && Within(StartsOf(limit.Name), World.BrokerClock.GetUtcNow() - (limit.Rate.Period * 65 / 64))
            < limit.Rate.Limit;

    private static IEnumerable<(string Name, RateOptions Rate)> OfJob(Job job)
    {
        if (job.Spec.RateLimit is { } rate)
        {
            yield return ($"{job.Namespace}, key {rate.Key}, {rate.Period}", new RateOptions(rate.Limit, rate.Period));
        }

        if (World.WorkLimitsOf(World.TenantLimits.PerMethod, job.Namespace, job.Spec.Method)?.Rate is { } perMethod)
        {
            yield return ($"method {job.Spec.Method}", perMethod);
        }
    }

    private static IEnumerable<(string Name, RateOptions Rate)> OfHandler(string ns, string handler)
    {
        if (World.WorkLimitsOf(World.TenantLimits.PerHandler, ns, handler)?.Rate is { } perHandler)
        {
            yield return ($"handler {handler}", perHandler);
        }
    }

    private static int Within(List<DateTimeOffset> starts, DateTimeOffset after)
    {
        var from = starts.Count;
        while (from > 0 && starts[from - 1] > after)
        {
            from--;
        }

        return starts.Count - from;
    }

    private List<DateTimeOffset> StartsOf(string name)
    {
        if (!_starts.TryGetValue(name, out var starts))
        {
            _starts[name] = starts = [];
        }

        return starts;
    }
}
