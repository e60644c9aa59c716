using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>
/// Matches ready jobs with free sessions. Namespaces take turns, one job at a time; within a namespace, the best job of
/// the lanes that can move goes first. Jobs whose handlers are away, and sessions without work, cost nothing.
/// </summary>
internal sealed class Dispatcher(NamespaceTable namespaces, TimerHeap steady) : IJobFollower
{
    private readonly Dictionary<string, Pool> _pools = new(StringComparer.Ordinal);

    /// <summary>The pools in the order in which they take turns.</summary>
    private readonly List<Pool> _turns = [];

    /// <summary>The gates whose counted starts have changed in this turn and are to be saved.</summary>
    private readonly HashSet<Gate> _touched = [];
    private long _arrivals;
    private int _turn;

    /// <summary>The number of concurrency keys under which jobs run or wait.</summary>
    public int GateCount => _turns.Sum(pool => pool.Gates.KeyCount);

    /// <summary>The number of rate limits that count starts at the moment.</summary>
    public int RateCount => _turns.Sum(pool => pool.Gates.Limiting.Count());

    public void Added(JobSlot slot, Moment now)
    {
        MethodGateOf(slot.Job).Unfinished++;
        switch (slot.Job.State)
        {
            case JobState.Ready:
                Add(slot);
                break;
            case JobState.Running:
                PoolOf(slot.Job.Namespace).Occupy(slot.Job);
                break;
            default:
                break; // A job in another state does not wait for a handler.
        }
    }

    public void Stepped(in JobStep step, JobTable jobs, Decision decision)
    {
        // A job that is assigned has left its lane when it was matched.
        if (step.Before.State == JobState.Ready && step.Happened is not JobEvent.Assigned)
        {
            Remove(step.Slot);
        }

        if (step.HasStopped)
        {
            Release(step.Before);
        }

        if (step.After.State == JobState.Ready)
        {
            Add(step.Slot);
        }
        else if (step.After.IsFinished)
        {
            MethodGateOf(step.After).Unfinished--;
        }
    }

    public void Dropped(JobSlot slot, Decision decision)
    {
        MethodGateOf(slot.Job).Unfinished--;
        if (slot.Job.State == JobState.Ready)
        {
            Remove(slot);
        }
    }

    private WorkGate MethodGateOf(Job job) => PoolOf(job.Namespace).Gates.OfMethod(job.Spec.Method);

    private void Add(JobSlot slot)
    {
        slot.Arrival = ++_arrivals;
        PoolOf(slot.Job.Namespace).Queue(slot);
    }

    /// <summary>Removes a ready job from its lane, or from the gate at which it is parked.</summary>
    public void Remove(JobSlot slot) => PoolOf(slot.Job.Namespace).Remove(slot);

    /// <summary>Gives back the places that a job had at its gates while it ran.</summary>
    public void Release(Job job)
    {
        var pool = PoolOf(job.Namespace);
        pool.Leave(job);
        var handler = pool.Gates.OfHandler(job.Current!.Handler);
        handler.Leave(job);
        if (handler.Limits is not null)
        {
            RecountAll(handler);
        }
    }

    /// <summary>Restores the starts that a rate limit had counted before the Broker started again.</summary>
    public void Restore(RateRecord kept, Moment now)
    {
        var pool = PoolOf(kept.Of.Namespace);
        var window = RateWindow.Restore(kept.Period, kept.Slices, now);
        Gate gate;
        if (kept.Of.Scope == RateScope.Key)
        {
            gate = pool.Gates.RestoreRate(kept.Of.Name, window);
        }
        else
        {
            var work =
                kept.Of.Scope == RateScope.Method
                    ? pool.Gates.OfMethod(kept.Of.Name)
                    : pool.Gates.OfHandler(kept.Of.Name);
            work.Restore(window);
            gate = work;
        }

        steady.Set(gate, (window.NextReturn ?? now.Steady).Ticks);
    }

    /// <summary>Lets jobs go on for which tokens of a rate limit have come back. Called by the gate's timer.</summary>
    public void Tick(Gate gate, Decision decision)
    {
        gate.Window?.Expire(decision.Now.Steady);
        if (gate.Window?.NextReturn is { } next)
        {
            steady.Set(gate, next.Ticks);
        }
        else
        {
            decision.Changes.Add(new Change.RateForgotten(NameOf(gate)));
        }

        if (gate is WorkGate { Offers: not null } handler)
        {
            RecountAll(handler);
        }

        gate.Pool.RefillAll(gate);
    }

    /// <summary>Saves the starts that rate limits have counted in this turn.</summary>
    public void SaveRateCounts(Decision decision)
    {
        foreach (var gate in _touched)
        {
            if (gate.Window is { } window)
            {
                var name = NameOf(gate);
                decision.Changes.Add(
                    new Change.RateKept(new RateRecord(name, window.Period, window.Save(decision.Now)))
                );
                steady.Set(gate, window.NextReturn!.Value.Ticks);
            }
        }

        _touched.Clear();
    }

    public bool IsOffered(string ns, string method) =>
        _pools.TryGetValue(ns, out var pool)
        && pool.Lanes.TryGetValue(new LaneKey(method, null, null), out var lane)
        && lane.Offering.Count > 0;

    /// <summary>Registers the methods that a session offers, in place of those that it offered before.</summary>
    public void Register(
        SessionOffer offer,
        IReadOnlyDictionary<string, OfferedMethod> methods,
        IReadOnlyList<string> groups,
        string? store
    )
    {
        Withdraw(offer);
        offer.Replace(methods, groups, store);
        var pool = PoolOf(offer.Namespace);
        var lanes = new List<Lane>();
        var laneMethods = new List<OfferedMethod>();
        foreach (var method in methods.Values)
        {
            foreach (var key in LanesOf(offer, method.Name))
            {
                var lane = pool.LaneOf(key);
                lane.Offering.Add(offer);
                lanes.Add(lane);
                laneMethods.Add(method);
            }
        }

        offer.HandlerGate = pool.Gates.OfHandler(offer.Handler);
        offer.HandlerGate.Join(offer);
        offer.Lanes = [.. lanes];
        offer.LaneMethods = [.. laneMethods];
        offer.FreePositions = new int[lanes.Count];
        Array.Fill(offer.FreePositions, -1);
        Recount(offer);
    }

    private static IEnumerable<LaneKey> LanesOf(SessionOffer offer, string method)
    {
        yield return new LaneKey(method, null, null);
        yield return new LaneKey(method, offer.Handler, null);
        foreach (var group in offer.Groups)
        {
            yield return new LaneKey(method, null, group);
        }

        if (offer.Store is { } store)
        {
            yield return new LaneKey(method, offer.Handler, null, store);
        }
    }

    /// <summary>Withdraws everything that a session offers.</summary>
    public static void Withdraw(SessionOffer offer)
    {
        for (var i = 0; i < offer.Lanes.Length; i++)
        {
            offer.Lanes[i].SetFree(offer, i, false);
            offer.Lanes[i].Offering.Remove(offer);
        }

        offer.HandlerGate?.Offers!.Remove(offer);
        offer.HandlerGate = null;
        offer.Lanes = [];
        offer.LaneMethods = [];
        offer.FreePositions = [];
        offer.IsFree = false;
    }

    /// <summary>Changes how many jobs a session may run at once.</summary>
    public void SetCapacity(SessionOffer offer, int capacity)
    {
        offer.Capacity = capacity;
        Recount(offer);
    }

    /// <summary>Notes whether a session can be given work.</summary>
    /// <param name="isReady">True while the session is connected and answers probes.</param>
    public void SetReady(SessionOffer offer, bool isReady)
    {
        offer.IsReady = isReady;
        Recount(offer);
    }

    /// <summary>Notes whether an operator has drained the handler of a session.</summary>
    /// <param name="isDrained">True while the session is to get no new work.</param>
    public void SetDrained(SessionOffer offer, bool isDrained)
    {
        offer.IsDrained = isDrained;
        Recount(offer);
    }

    /// <summary>Lets no job of a method begin an attempt, or lets jobs go on that waited for that.</summary>
    /// <param name="isPaused">True while no attempt is to begin. Open attempts go on.</param>
    public void SetPaused(string ns, string method, bool isPaused)
    {
        var pool = PoolOf(ns);
        var gate = pool.Gates.OfMethod(method);
        gate.IsPaused = isPaused;
        if (!isPaused)
        {
            pool.RefillAll(gate);
        }
    }

    /// <summary>Counts a job that begins to run at a session, or with which a session goes on.</summary>
    public void Begin(SessionOffer offer, JobSlot slot)
    {
        offer.Add(slot);
        Recount(offer);
    }

    /// <summary>Counts that a job does not run at a session any more.</summary>
    public void End(SessionOffer offer, JobSlot slot)
    {
        offer.Remove(slot);
        Recount(offer);
    }

    /// <summary>
    /// Takes the next job that can run, and finds the session to which it is assigned; false when no job can run.
    /// </summary>
    public bool TryMatch(TimeSpan now, out JobSlot slot, out SessionOffer offer)
    {
        for (var tried = 0; tried < _turns.Count; tried++)
        {
            _turn = (_turn + 1) % _turns.Count;
            if (TryMatchIn(_turns[_turn], now, out slot, out offer))
            {
                return true;
            }
        }

        slot = null!;
        offer = null!;
        return false;
    }

    private bool TryMatchIn(Pool pool, TimeSpan now, out JobSlot slot, out SessionOffer offer)
    {
        if (pool.FollowLimits())
        {
            foreach (var handler in pool.Gates.Handlers)
            {
                RecountAll(handler);
            }
        }

        while (!pool.Quota.IsBusy && pool.TryFindBest(out var lane, out slot))
        {
            lane.Ready.Remove(slot);
            if (!pool.TryEnter(slot, now))
            {
                continue;
            }

            offer = lane.NextFree();
            var handler = offer.HandlerGate!;
            pool.Enter(handler, slot.Job, now);
            if (!handler.IsOpen)
            {
                RecountAll(handler);
            }

            return true;
        }

        slot = null!;
        offer = null!;
        return false;
    }

    private void RecountAll(WorkGate handler)
    {
        foreach (var offer in handler.Offers ?? [])
        {
            Recount(offer);
        }
    }

    // Tells the lanes of a session whether the session could be given a job of theirs now.
    private void Recount(SessionOffer offer)
    {
        var hasCredit = offer.HasCredit;
        if (hasCredit == offer.IsFree && !offer.HasMethodLimits)
        {
            return;
        }

        offer.IsFree = hasCredit;
        var pool = PoolOf(offer.Namespace);
        for (var i = 0; i < offer.Lanes.Length; i++)
        {
            offer.Lanes[i].SetFree(offer, i, hasCredit && offer.HasRoomFor(offer.LaneMethods[i]));
            pool.List(offer.Lanes[i]);
        }
    }

    private static RateName NameOf(Gate gate) =>
        new(
            gate.Pool.Quota.Name,
            gate.RateName.Scope,
            gate.RateName.Name,
            gate is RateGate { Window.Period: var period } ? period : TimeSpan.Zero
        );

    /// <summary>
    /// Forgets the lanes and limits of a namespace that is deleted with all its jobs and sessions.
    /// </summary>
    public void Forget(string ns, Decision decision)
    {
        if (!_pools.Remove(ns, out var pool))
        {
            return;
        }

        _turns.Remove(pool);
        foreach (var gate in pool.Gates.Limiting)
        {
            TimerHeap.Clear(gate);
            decision.Changes.Add(new Change.RateForgotten(NameOf(gate)));
        }
    }

    /// <summary>The pool of a namespace; null for a namespace in which nothing has waited or run.</summary>
    public Pool? FindPool(string ns) => _pools.GetValueOrDefault(ns);

    public Pool PoolOf(string ns)
    {
        if (!_pools.TryGetValue(ns, out var pool))
        {
            _pools[ns] = pool = new Pool(namespaces.Of(ns), _touched);
            _turns.Add(pool);
        }

        return pool;
    }
}
