using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Pauses;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Rest;
using static ScheduleZero.Broker.Core.Explaining.GateViews;

namespace ScheduleZero.Broker.Core.Explaining;

/// <summary>
/// Explains the gates that are limits of the Broker, of namespaces, of methods and of keys, and pauses.
/// </summary>
internal static class LimitGates
{
    public static GateView Closed(NamespaceQuota quota) =>
        quota.IsOpen
            ? Pass(GateCode.NamespaceClosed, "The namespace is open.")
            : Hold(
                GateCode.NamespaceClosed,
                "The namespace is being deleted; the job will be cancelled.",
                "Nothing opens it again."
            );

    public static IEnumerable<GateView> Full(NamespaceQuota quota)
    {
        yield return quota.IsDiskVeryLow
            ? Hold(
                GateCode.DiskFull,
                "The Broker's disk is so full that it starts nothing more.",
                "The disk has room again."
            )
            : Pass(GateCode.DiskFull, "The Broker's disk has room for what is started.");
        yield return quota.IsWholeFull
            ? Hold(
                GateCode.BrokerFull,
                "The Broker runs as many jobs as --max-running lets it.",
                "A job ends, in whichever namespace."
            )
            : Pass(GateCode.BrokerFull, "The Broker may run more jobs.");
        yield return quota.IsFull
            ? Hold(
                GateCode.NamespaceFull,
                $"The namespace runs {quota.Running} jobs of the {quota.Limits.RunningJobs} that its limit allows.",
                "A job of the namespace ends, or the limit is raised."
            )
            : Pass(GateCode.NamespaceFull, "The namespace may run more jobs.");
    }

    /// <param name="pause">The pause of the job's method; null for none.</param>
    public static GateView Paused(JobSpec spec, PauseRecord? pause) =>
        pause is null
            ? Pass(GateCode.MethodPaused, $"{spec.Method} is not paused.")
            : Hold(
                GateCode.MethodPaused,
                $"{pause.By} has paused {spec.Method} since {pause.At:u}: {pause.Reason}",
                pause.Until is null
                    ? "Somebody resumes the method."
                    : "The pause ends, or somebody resumes the method.",
                pause.Until
            );

    public static IEnumerable<GateView> Limited(JobSpec spec, Pool pool, Moment now)
    {
        var method = pool.Gates.FindMethod(spec.Method);
        yield return method is { IsFull: true }
            ? Hold(
                GateCode.MethodFull,
                $"{method.Running} jobs of {spec.Method} run, as many as its limit allows.",
                "One of them ends, or the limit is raised."
            )
            : Pass(GateCode.MethodFull, $"More jobs of {spec.Method} may run.");
        yield return method is { IsRateSpent: true }
            ? Hold(
                GateCode.MethodRate,
                $"{Spent(method.Limits!.Rate!)} of {spec.Method} have begun.",
                "The next may begin.",
                OpensAt(method.Window!, method.Limits!.Rate!.Limit, now)
            )
            : Pass(GateCode.MethodRate, $"More attempts of {spec.Method} may begin.");
        if (spec.ConcurrencyKey is { } key)
        {
            yield return OfKey(spec, key, pool);
        }

        if (spec.RateLimit is { } rate)
        {
            yield return OfRate(spec, rate, pool, now);
        }
    }

    private static GateView OfKey(JobSpec spec, string key, Pool pool)
    {
        var gate = pool.Gates.FindKey(key);
        return gate is null || gate.IsOpenFor(spec)
            ? Pass(GateCode.ConcurrencyKey, $"The concurrency key {key} has a place.")
            : Hold(
                GateCode.ConcurrencyKey,
                $"The concurrency key {key} is held by job {string.Join(", ", gate.Holders.Take(NamedMax))}.",
                "One of the jobs that hold it ends."
            );
    }

    private static GateView OfRate(JobSpec spec, RateLimit rate, Pool pool, Moment now)
    {
        var gate = pool.Gates.FindRate(rate.Key, rate.Period);
        return gate is null || gate.IsOpenFor(spec)
            ? Pass(GateCode.RateLimit, $"The rate limit {rate.Key} has a token.")
            : Hold(
                GateCode.RateLimit,
                $"{Spent(new RateOptions(rate.Limit, rate.Period))} with the rate key {rate.Key} have begun.",
                "A token is back.",
                OpensAt(gate.Window, rate.Limit, now)
            );
    }

    private static string Spent(RateOptions rate) => $"{rate.Limit} attempts in {rate.Period:g}, as many as may be,";
}
