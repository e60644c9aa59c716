using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Explaining;

/// <summary>
/// Says why a job does not run, from the same state that decides whether it does. One explanation looks at a bounded
/// number of sessions and handlers.
/// </summary>
internal sealed class JobExplainer(
    OpenAttempts attempts,
    Dispatcher dispatcher,
    SessionTable sessions,
    HandlerTable handlers
)
{
    /// <summary>Sessions, or handlers, that one explanation looks at.</summary>
    private const int LookedAtMax = 10_000;

    private const int NamedMax = 5;

    public JobExplanation Explain(JobSlot slot, Moment now)
    {
        var gates = new List<GateView>();
        foreach (var gate in GatesOf(slot, now))
        {
            gates.Add(gate);
            if (!gate.Passed)
            {
                break;
            }
        }

        return new JobExplanation(slot.Job.Id, slot.Job.State, gates[^1].Gate, gates);
    }

    private IEnumerable<GateView> GatesOf(JobSlot slot, Moment now)
    {
        var job = slot.Job;
        if (job.Chain is { } chain)
        {
            yield return After(chain);
        }
        else if (job.Completes is { } batch)
        {
            yield return batch.End is not null
                ? Pass(GateCode.After, "The jobs of the batch that it completes have ended.")
                : Hold(
                    GateCode.After,
                    $"It completes batch {batch.Batch}, of which jobs have not ended.",
                    "The last of them ends, whatever comes of it."
                );
        }

        yield return Due(job, now);
        if (job.Current is { } attempt)
        {
            yield return Running(job, attempt, attempts.Find(job.Id)!, now);
            yield break;
        }

        yield return Closed(slot.Use);
        foreach (var gate in Full(slot.Use))
        {
            yield return gate;
        }

        var pool = dispatcher.PoolOf(job.Namespace);
        var lane = LaneKey.Of(job.Spec);
        var live = (pool.FindLane(lane)?.Offering ?? [])
            .Take(LookedAtMax)
            .Where(offer => offer.Connection is not null)
            .ToList();
        yield return Offered(job, pool, live);
        var fresh = live.FindAll(offer => !offer.IsDrained);
        yield return fresh.Count > 0
            ? Pass(GateCode.Draining, "A handler that may run it takes new work.")
            : Hold(
                GateCode.Draining,
                $"{Names(live)} may run it, and take no new work.",
                "One of them is resumed, or another connects."
            );
        var ready = fresh.FindAll(offer => offer.IsReady);
        yield return ready.Count > 0
            ? Pass(GateCode.Unresponsive, "A handler that may run it answers.")
            : Hold(
                GateCode.Unresponsive,
                $"{Names(fresh)} may run it, and have not answered the Broker's probe.",
                "One of them answers."
            );
        foreach (var gate in Limited(job.Spec, pool, now))
        {
            yield return gate;
        }

        yield return Room(job.Spec, ready, now);
        yield return Hold(
            GateCode.Turn,
            "Everything is open, and jobs of a higher priority, or that came before, go first.",
            "Its turn comes."
        );
    }

    private static GateView After(Chain chain)
    {
        if (chain.IsOpen)
        {
            return Pass(GateCode.After, "The jobs after which it runs have ended.");
        }

        if (chain.BrokenBy is { } doom)
        {
            return Hold(
                GateCode.After,
                $"Job {doom.Id}, after which it was to run, ended as {doom.State}; it will be cancelled.",
                "Nothing opens it again."
            );
        }

        var names =
            $"{string.Join(", ", chain.Left.Take(NamedMax))}"
            + $"{(chain.Left.Count > NamedMax ? $" and {chain.Left.Count - NamedMax} more" : "")}";
        return chain.OnFailure == AfterFailure.Run
            ? Hold(GateCode.After, $"It runs after job {names}.", "Each of them has ended, whatever comes of it.")
            : Hold(
                GateCode.After,
                $"It runs after job {names}.",
                "Each of them has succeeded; when one does not, the job is cancelled."
            );
    }

    private static GateView Due(Job job, Moment now)
    {
        if (job.State != JobState.Scheduled || job.RunAt <= now.Wall)
        {
            return Pass(GateCode.NotDue, "It is due.");
        }

        if (job.Ended is [.., { Outcome: AttemptOutcome.Rejected } rejected])
        {
            var times = job.Ended.Reverse().TakeWhile(attempt => attempt.Outcome == AttemptOutcome.Rejected).Count();
            return Hold(
                GateCode.Rejected,
                $"Handlers gave it back {(times < JobMachine.RejectionsKept ? $"{times}" : $"{times} or more")} "
                    + $"times in a row, the last time {rejected.Handler}: {rejected.Error?.Message}",
                "A handler takes it. It is offered again in a moment.",
                job.RunAt
            );
        }

        return job.Ended is { Count: > 0 } ended
            ? Hold(
                GateCode.NotDue,
                $"Attempt {ended[^1].Number} did not succeed, and it waits before the next.",
                "The wait is over, or a retry is asked for.",
                job.RunAt
            )
            : Hold(GateCode.NotDue, "It is to run later.", "Its runAt comes, or a retry is asked for.", job.RunAt);
    }

    private static GateView Running(Job job, Attempt attempt, OpenAttempt open, Moment now)
    {
        var since = attempt.StartedAt ?? attempt.AssignedAt;
        return open.GraceUntil is { } grace
            ? Hold(
                GateCode.Stopping,
                $"It was cancelled while handler {attempt.Handler} ran it, which is given time to stop.",
                "The handler stops, or the grace is over.",
                now.Wall + (grace - now.Steady)
            )
            : Hold(
                GateCode.Running,
                $"Handler {attempt.Handler} runs it, as attempt {attempt.Number} of "
                    + $"{job.Spec.Retry.MaxAttempts}, since {since:u}.",
                "The attempt ends, at the latest by its time-out.",
                now.Wall + (open.TimeoutAt - now.Steady)
            );
    }

    private static GateView Closed(NamespaceUse use) =>
        use.IsOpen
            ? Pass(GateCode.NamespaceClosed, "The namespace is open.")
            : Hold(
                GateCode.NamespaceClosed,
                "The namespace is being deleted; the job will be cancelled.",
                "Nothing opens it again."
            );

    private static IEnumerable<GateView> Full(NamespaceUse use)
    {
        yield return use.IsDiskVeryLow
            ? Hold(
                GateCode.DiskFull,
                "The Broker's disk is so full that it starts nothing more.",
                "The disk has room again."
            )
            : Pass(GateCode.DiskFull, "The Broker's disk has room for what is started.");
        yield return use.IsWholeFull
            ? Hold(
                GateCode.BrokerFull,
                "The Broker runs as many jobs as --max-running lets it.",
                "A job ends, in whichever namespace."
            )
            : Pass(GateCode.BrokerFull, "The Broker may run more jobs.");
        yield return use.IsFull
            ? Hold(
                GateCode.NamespaceFull,
                $"The namespace runs {use.Running} jobs of the {use.Limits.RunningJobs} that its limit allows.",
                "A job of the namespace ends, or the limit is raised."
            )
            : Pass(GateCode.NamespaceFull, "The namespace may run more jobs.");
    }

    private GateView Offered(Job job, Pool pool, List<SessionOffer> live)
    {
        var spec = job.Spec;
        if (live.Count > 0)
        {
            return Pass(GateCode.NoHandler, $"{Names(live)} may run it.");
        }

        var whom =
            spec.Handler is { } name ? $"Handler {name}"
            : spec.Group is { } group ? $"A handler of group {group}"
            : "A handler";
        if (Denied(job, session => session.DeniedMethods?.Contains(spec.Method) == true) is { } denied)
        {
            return Hold(
                GateCode.NotPermitted,
                $"Handler {denied} is connected and wants to offer {spec.Method}, which its key does not allow.",
                "The key is changed to allow it, or another handler offers it."
            );
        }

        if (
            spec.Group is { } wanted
            && Denied(
                job,
                session =>
                    session.DeniedGroups?.Contains(wanted) == true && session.Offer.Methods.ContainsKey(spec.Method)
            )
                is { } outside
        )
        {
            return Hold(
                GateCode.NotPermitted,
                $"Handler {outside} offers {spec.Method} and wants to join group {wanted}, which its key does "
                    + "not allow.",
                "The key is changed to allow it, or another handler of the group offers it."
            );
        }

        if (Away(job) is { Count: > 0 } away)
        {
            return Hold(
                GateCode.Offline,
                $"{string.Join(", ", away)} may run it, and none of them is connected.",
                "One of them connects."
            );
        }

        return pool.FindLane(new LaneKey(spec.Method, null, null)) is { Offering.Count: > 0 }
            ? Hold(
                GateCode.NoMatch,
                $"{whom} is asked for; those that offer {spec.Method} are others.",
                $"{whom} that offers {spec.Method} connects."
            )
            : Hold(GateCode.NoHandler, $"Nobody offers {spec.Method}.", $"{whom} that offers {spec.Method} connects.");
    }

    private string? Denied(Job job, Func<Session, bool> isDenied) =>
        sessions
            .All.Take(LookedAtMax)
            .Where(session => session.Namespace == job.Namespace && session.Connection is not null && isDenied(session))
            .Select(session => session.Handler)
            .FirstOrDefault(handler => job.Spec.Handler is null || job.Spec.Handler == handler);

    private List<string> Away(Job job) =>
        [
            .. handlers
                .All.Take(LookedAtMax)
                .Where(handler =>
                    handler.Namespace == job.Namespace
                    && (job.Spec.Handler is null || job.Spec.Handler == handler.Name)
                    && (
                        job.Spec.Handler is not null
                        || job.Spec.Group is null
                        || handler.Groups.Contains(job.Spec.Group)
                    )
                    && handler.Methods.Contains(job.Spec.Method)
                )
                .Select(handler => handler.Name)
                .Take(NamedMax),
        ];

    private static IEnumerable<GateView> Limited(JobSpec spec, Pool pool, Moment now)
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
            var gate = pool.Gates.FindKey(key);
            yield return gate is null || gate.IsOpenFor(spec)
                ? Pass(GateCode.ConcurrencyKey, $"The concurrency key {key} has a place.")
                : Hold(
                    GateCode.ConcurrencyKey,
                    $"The concurrency key {key} is held by job {string.Join(", ", gate.Holders.Take(NamedMax))}.",
                    "One of the jobs that hold it ends."
                );
        }

        if (spec.RateLimit is { } rate)
        {
            var gate = pool.Gates.FindRate(rate.Key, rate.Period);
            yield return gate is null || gate.IsOpenFor(spec)
                ? Pass(GateCode.RateLimit, $"The rate limit {rate.Key} has a token.")
                : Hold(
                    GateCode.RateLimit,
                    $"{Spent(new RateOptions(rate.Limit, rate.Period))} with the rate key {rate.Key} have begun.",
                    "A token is back.",
                    OpensAt(gate.Window, rate.Limit, now)
                );
        }
    }

    private static GateView Room(JobSpec spec, List<SessionOffer> ready, Moment now)
    {
        var roomy = ready.FindAll(offer =>
            offer.Running.Count < offer.Capacity && offer.HasRoomFor(offer.Methods[spec.Method])
        );
        if (roomy.Count == 0)
        {
            return Hold(
                GateCode.HandlersFull,
                $"{Names(ready)} may run it, and have no room.",
                "One of their jobs ends, or they grant more capacity."
            );
        }

        if (roomy.Exists(offer => offer.HandlerGate!.IsOpen))
        {
            return Pass(GateCode.HandlersFull, "A handler that may run it has room.");
        }

        var opens = roomy
            .Select(offer => offer.HandlerGate!)
            .Where(gate => !gate.IsFull)
            .Select(gate => OpensAt(gate.Window!, gate.Limits!.Rate!.Limit, now))
            .Min();
        return Hold(
            GateCode.HandlerLimit,
            $"{Names(roomy)} may run it, and have reached the limits that an operator gave them.",
            "One of their jobs ends, or the next may begin.",
            opens
        );
    }

    private static string Spent(RateOptions rate) => $"{rate.Limit} attempts in {rate.Period:g}, as many as may be,";

    private static DateTimeOffset? OpensAt(RateWindow window, int limit, Moment now) =>
        window.OpensAt(limit) is { } at ? now.Wall + (at - now.Steady) : null;

    private static string Names(List<SessionOffer> offers)
    {
        var names = offers.Select(offer => offer.Handler).Distinct().Order(StringComparer.Ordinal).ToList();
        return names.Count <= NamedMax
            ? string.Join(", ", names)
            : $"{string.Join(", ", names.Take(NamedMax))} and {names.Count - NamedMax} more";
    }

    private static GateView Pass(GateCode gate, string sentence) => new(gate, Passed: true, sentence);

    private static GateView Hold(GateCode gate, string sentence, string opensWhen, DateTimeOffset? opensAt = null) =>
        new(gate, Passed: false, sentence, opensWhen, opensAt);
}
