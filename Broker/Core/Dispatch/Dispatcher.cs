using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>
/// Brings ready jobs and free sessions together. Namespaces take turns, one job a turn; inside one, the best job of the
/// lanes that can move goes first. Costs nothing for jobs whose handlers are away, and for sessions that have nothing
/// to do.
/// </summary>
internal sealed class Dispatcher(NamespaceTable namespaces, TimerHeap steady)
{
    private readonly Dictionary<string, Pool> _pools = new(StringComparer.Ordinal);
    private readonly List<Pool> _turns = [];
    private readonly HashSet<Gate> _touched = [];
    private long _arrivals;
    private int _turn;

    /// <summary>Concurrency keys that somebody runs or waits under.</summary>
    public int GateCount => _turns.Sum(pool => pool.KeyCount);

    /// <summary>Rate limits that have starts to remember.</summary>
    public int RateCount => _turns.Sum(pool => pool.RateCount);

    /// <summary>A job became Ready.</summary>
    public void Add(JobSlot slot)
    {
        slot.Arrival = ++_arrivals;
        PoolOf(slot.Job.Namespace).Queue(slot);
    }

    /// <summary>A Ready job was cancelled or expired.</summary>
    public void Remove(JobSlot slot) => PoolOf(slot.Job.Namespace).Remove(slot);

    /// <summary>A job left Running: its gates have a place again.</summary>
    public void Release(Job job)
    {
        var pool = PoolOf(job.Namespace);
        pool.Leave(job);
        var handler = pool.HandlerOf(job.Current!.Handler);
        handler.Leave(job);
        if (handler.Limits is not null)
        {
            RecountAll(handler);
        }
    }

    /// <summary>A job runs that was not assigned here: the Broker started again.</summary>
    public void Occupy(Job job) => PoolOf(job.Namespace).Occupy(job);

    /// <summary>Takes back what a rate limit had counted before the Broker started again.</summary>
    public void Restore(RateRecord kept, Moment now)
    {
        var pool = PoolOf(kept.Of.Namespace);
        var window = RateWindow.Restore(kept.Period, kept.Slices, now);
        Gate gate;
        if (kept.Of.Scope == RateScope.Key)
        {
            gate = pool.Restore(kept.Of.Name, window);
        }
        else
        {
            var work = kept.Of.Scope == RateScope.Method ? pool.MethodOf(kept.Of.Name) : pool.HandlerOf(kept.Of.Name);
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

        if (gate is WorkGate { Sessions: not null } handler)
        {
            RecountAll(handler);
        }

        gate.Pool.RefillAll(gate);
    }

    /// <summary>Writes down the starts that rate limits have counted.</summary>
    public void Keep(Decision decision)
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

    /// <summary>Puts the session's methods up for work, in place of what it offered before.</summary>
    public void Offer(Session session)
    {
        Withdraw(session);
        var pool = PoolOf(session.Namespace);
        var lanes = new List<Lane>();
        var methods = new List<OfferedMethod>();
        foreach (var method in session.Methods.Values)
        {
            IEnumerable<LaneKey> keys =
            [
                new LaneKey(method.Name, null, null),
                new LaneKey(method.Name, session.Handler, null),
                .. session.Groups.Select(group => new LaneKey(method.Name, null, group)),
            ];
            if (session.Store is { } store)
            {
                keys = keys.Append(new LaneKey(method.Name, session.Handler, null, store));
            }

            foreach (var key in keys)
            {
                var lane = pool.LaneOf(key);
                lane.Offering.Add(session);
                lanes.Add(lane);
                methods.Add(method);
            }
        }

        session.Work = pool.HandlerOf(session.Handler);
        session.Work.Join(session);
        session.Lanes = [.. lanes];
        session.LaneMethods = [.. methods];
        session.FreePositions = new int[lanes.Count];
        Array.Fill(session.FreePositions, -1);
        session.RunningByMethod = methods.Exists(method => method.MaxConcurrent is not null)
            ? session
                .Open.GroupBy(slot => slot.Job.Spec.Method)
                .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal)
            : null;
        session.IsFree = false;
    }

    /// <summary>Takes the session's offers back.</summary>
    public static void Withdraw(Session session)
    {
        for (var i = 0; i < session.Lanes.Length; i++)
        {
            session.Lanes[i].SetFree(session, i, false);
            session.Lanes[i].Offering.Remove(session);
        }

        session.Work?.Sessions!.Remove(session);
        session.Work = null;
        session.Lanes = [];
        session.LaneMethods = [];
        session.FreePositions = [];
        session.IsFree = false;
    }

    /// <summary>Called after anything that touches the session's credit.</summary>
    public void UpdateFree(Session session, bool drained)
    {
        var hasCredit = session.HasCredit(drained) && session.Work is null or { IsOpen: true };
        if (hasCredit == session.IsFree && session.RunningByMethod is null)
        {
            return;
        }

        session.IsFree = hasCredit;
        var pool = PoolOf(session.Namespace);
        for (var i = 0; i < session.Lanes.Length; i++)
        {
            var method = session.LaneMethods[i];
            var hasRoom =
                method.MaxConcurrent is not { } max || session.RunningByMethod!.GetValueOrDefault(method.Name) < max;
            session.Lanes[i].SetFree(session, i, hasCredit && hasRoom);
            pool.List(session.Lanes[i]);
        }
    }

    /// <summary>An attempt opened or ended on the session.</summary>
    public static void Count(Session session, string method, int change)
    {
        if (session.RunningByMethod is { } running)
        {
            running[method] = running.GetValueOrDefault(method) + change;
        }
    }

    /// <summary>The next job that can go, and the session it goes to; false when nothing can move.</summary>
    public bool TryMatch(TimeSpan now, out JobSlot slot, out Session session)
    {
        for (var tried = 0; tried < _turns.Count; tried++)
        {
            _turn = (_turn + 1) % _turns.Count;
            if (TryMatchIn(_turns[_turn], now, out slot, out session))
            {
                return true;
            }
        }

        slot = null!;
        session = null!;
        return false;
    }

    /// <summary>Called when the credit of a session may have changed without its doing.</summary>
    public Action<Session>? Recount { get; set; }

    private bool TryMatchIn(Pool pool, TimeSpan now, out JobSlot slot, out Session session)
    {
        if (pool.FollowLimits())
        {
            foreach (var handler in pool.Handlers)
            {
                RecountAll(handler);
            }
        }

        while (!pool.Use.IsBusy && pool.TryBest(out var lane, out slot))
        {
            lane.Ready.Remove(slot);
            if (!pool.TryEnter(slot, now))
            {
                continue;
            }

            session = lane.NextFree();
            var work = session.Work!;
            pool.Enter(work, slot.Job, now);
            if (!work.IsOpen)
            {
                RecountAll(work);
            }

            return true;
        }

        slot = null!;
        session = null!;
        return false;
    }

    private void RecountAll(WorkGate handler)
    {
        foreach (var session in handler.Sessions ?? [])
        {
            Recount!(session);
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
    /// The namespace is gone, with all its jobs and sessions: what was kept of its lanes and limits goes too.
    /// </summary>
    public void Forget(string ns, Decision decision)
    {
        if (!_pools.Remove(ns, out var pool))
        {
            return;
        }

        _turns.Remove(pool);
        foreach (var gate in pool.Limiting)
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
