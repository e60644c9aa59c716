using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Chance;

/// <summary>What must hold after every step. That tokens grow, that attempts do not overlap and that nothing finishes twice, <see cref="Kept"/> checks.</summary>
internal static class Invariants
{
    private sealed record Live(string Namespace, HandlerView Handler, SessionView Session, Dictionary<string, int> Open);

    public static void Check(Stage stage, Decision decision, IReadOnlySet<JobId> acknowledged, int finishedBefore, RateWatch rates)
    {
        var kept = stage.Kept;
        var sessions = Cast.Namespaces
            .SelectMany(ns => stage.Core.State.Handlers(ns).Select(handler => (ns, handler)))
            .SelectMany(entry => entry.handler.Sessions.Select(session => Of(entry.ns, entry.handler, session, kept)))
            .ToList();
        var stats = stage.Core.State.Stats();
        var running = kept.Jobs.Values.Count(job => job.Current is not null);
        Require(stats.Running == running, $"{stats.Running} counted as running, {running} kept");
        Require(stats.Ready + stats.Scheduled + running == kept.Jobs.Count, "the counts do not add up");
        Require(stats.Finished == kept.Finished.Count - finishedBefore, "finished jobs are miscounted");
        Require(acknowledged.All(id => kept.Jobs.ContainsKey(id) || kept.Finished.ContainsKey(id)), "an acknowledged job is gone");
        foreach (var id in kept.Jobs.Keys)
        {
            Require(Cast.Namespaces.Any(ns => stage.Core.State.FindJob(ns, id) is not null), $"{id} left memory unfinished");
        }

        CheckCredit(decision, sessions);
        CheckKeys(kept);
        rates.Check(stage, decision);
        CheckNobodyWaitsInVain(stage, sessions, rates);
    }

    // Beyond its credit a session may only be by having granted more before.
    private static void CheckCredit(Decision decision, List<Live> sessions)
    {
        var given = decision.Effects.OfType<Effect.SendAssign>().SelectMany(effect => effect.Jobs)
            .Where(job => job.Current is not null).Select(job => (job.Namespace, job.Current!.Handler, job.Current.Instance)).ToHashSet();
        foreach (var live in sessions.Where(live => given.Contains((live.Namespace, live.Handler.Name, live.Session.Instance))))
        {
            Require(live.Session.Running <= live.Session.Capacity, $"{live.Handler.Name} has {live.Session.Running} of {live.Session.Capacity}");
        }
    }

    private static void CheckKeys(Kept kept)
    {
        foreach (var group in kept.Jobs.Values.Where(job => job.Current is not null && job.Spec.ConcurrencyKey is not null)
            .GroupBy(job => (job.Namespace, job.Spec.ConcurrencyKey)))
        {
            Require(group.Count() <= group.First().Spec.ConcurrencyLimit, $"{group.Count()} jobs run under {group.Key}");
        }
    }

    private static void CheckNobodyWaitsInVain(Stage stage, List<Live> sessions, RateWatch rates)
    {
        var free = sessions.FindAll(live => live.Session.State == "ready" && !live.Handler.Drained && live.Session.Running < live.Session.Capacity);
        foreach (var job in stage.Kept.Jobs.Values.Where(job => job.Current is null))
        {
            var state = stage.Core.State.FindJob(job.Namespace, job.Id)!.Value.Job.State;
            Require(state != JobState.Scheduled || job.RunAt > stage.Wall, $"{job.Id} is due and still Scheduled");
            if (state == JobState.Ready && HasPlace(job, stage.Kept) && rates.HasToken(stage, job))
            {
                Require(!free.Exists(live => MayTake(live, job)), $"{job.Id} waits while a free session offers {job.Spec.Method}");
            }
        }
    }

    private static bool HasPlace(Job job, Kept kept) =>
        job.Spec.ConcurrencyKey is not { } key
        || kept.Jobs.Values.Count(other => other.Current is not null && other.Namespace == job.Namespace && other.Spec.ConcurrencyKey == key)
            < job.Spec.ConcurrencyLimit;

    private static bool MayTake(Live live, Job job) =>
        live.Namespace == job.Namespace
        && (job.Spec.Handler is null || job.Spec.Handler == live.Handler.Name)
        && (job.Spec.Group is null || live.Handler.Groups.Contains(job.Spec.Group))
        && Player.Offered(live.Handler.Name).Any(method => method.Name == job.Spec.Method
            && (method.MaxConcurrent is not { } max || live.Open.GetValueOrDefault(method.Name) < max));

    private static Live Of(string ns, HandlerView handler, SessionView session, Kept kept) => new(
        ns,
        handler,
        session,
        kept.Jobs.Values
            .Where(job => job.Namespace == ns && job.Current is { } open && open.Handler == handler.Name && open.Instance == session.Instance)
            .GroupBy(job => job.Spec.Method)
            .ToDictionary(group => group.Key, group => group.Count()));

    public static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}
