using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>
/// Brings ready jobs and free sessions together. Namespaces take turns, one job a turn; inside one, the best job of the
/// lanes that can move goes first. Costs nothing for jobs whose handlers are away, and for sessions that have nothing
/// to do.
/// </summary>
internal sealed class Dispatcher(NamespaceTable namespaces, TimerHeap steady) : IJobFollower
{
    private readonly Dictionary<string, Pool> _pools = new(StringComparer.Ordinal);
    private readonly List<Pool> _turns = [];
    private readonly HashSet<Gate> _touched = [];
    private long _arrivals;
    private int _turn;

    /// <summary>Concurrency keys that somebody runs or waits under.</summary>
    public int GateCount => _turns.Sum(pool => pool.Gates.KeyCount);

    /// <summary>Rate limits that have starts to remember.</summary>
    public int RateCount => _turns.Sum(pool => pool.Gates.Limiting.Count());

    public void Added(JobSlot slot, Moment now)
    {
        switch (slot.Job.State)
        {
            case JobState.Ready:
                Add(slot);
                break;
            case JobState.Running:
                PoolOf(slot.Job.Namespace).Occupy(slot.Job);
                break;
            default:
                break; // It waits for something else than a handler.
        }
    }

    public void Stepped(in JobStep step, JobTable jobs, Decision decision)
    {
        // One that is assigned has left its lane when it was matched.
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
    }

    public void Dropped(JobSlot slot, Decision decision)
    {
        if (slot.Job.State == JobState.Ready)
        {
            Remove(slot);
        }
    }

    private void Add(JobSlot slot)
    {
        slot.Arrival = ++_arrivals;
        PoolOf(slot.Job.Namespace).Queue(slot);
    }

    /// <summary>Takes a job out that waits for a handler, wherever it stands.</summary>
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

    /// <summary>Takes back what a rate limit had counted before the Broker started again.</summary>
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

    /// <summary>Tokens of a rate limit have come back.</summary>
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

    /// <summary>Writes down the starts that rate limits have counted.</summary>
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

    /// <summary>Puts methods of a session up for work, in place of what it offered before.</summary>
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

    /// <summary>Takes the offers of a session back.</summary>
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

    /// <param name="isReady">Whether the session is connected and answers probes.</param>
    public void SetReady(SessionOffer offer, bool isReady)
    {
        offer.IsReady = isReady;
        Recount(offer);
    }

    /// <param name="isDrained">Whether the session is to take no new work.</param>
    public void SetDrained(SessionOffer offer, bool isDrained)
    {
        offer.IsDrained = isDrained;
        Recount(offer);
    }

    /// <summary>A job begins to run at the session, or the session has come back for it.</summary>
    public void Begin(SessionOffer offer, JobSlot slot)
    {
        offer.Add(slot);
        Recount(offer);
    }

    /// <summary>A job runs at the session no more.</summary>
    public void End(SessionOffer offer, JobSlot slot)
    {
        offer.Remove(slot);
        Recount(offer);
    }

    /// <summary>The next job that can go, and the session it goes to; false when nothing can move.</summary>
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

        while (!pool.Use.IsBusy && pool.TryFindBest(out var lane, out slot))
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

    // Tells the lanes of the session whether it could take a job of theirs now.
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
            gate.Pool.Use.Name,
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
            _touched.Remove(gate);
            TimerHeap.Clear(gate);
            decision.Changes.Add(new Change.RateForgotten(NameOf(gate)));
        }
    }

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
