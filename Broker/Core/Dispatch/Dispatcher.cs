using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>
/// Brings ready jobs and free sessions together. Namespaces take turns, one job a turn; inside one, the best job of the lanes that can move goes first.
/// Costs nothing for jobs whose handlers are away, and for sessions that have nothing to do.
/// </summary>
internal sealed class Dispatcher(NamespaceTable namespaces)
{
    private readonly Dictionary<string, Pool> _pools = new(StringComparer.Ordinal);
    private readonly List<Pool> _turns = [];
    private long _arrivals;
    private int _turn;

    /// <summary>Concurrency keys that somebody runs or waits under.</summary>
    public int GateCount => _turns.Sum(pool => pool.GateCount);

    /// <summary>A job became Ready.</summary>
    public void Add(JobSlot slot)
    {
        slot.Arrival = ++_arrivals;
        PoolOf(slot.Job.Namespace).Queue(slot);
    }

    /// <summary>A Ready job was cancelled or expired.</summary>
    public void Remove(JobSlot slot)
    {
        var pool = PoolOf(slot.Job.Namespace);
        var lane = LaneKey.Of(slot.Job.Spec);
        if (slot.Job.Spec.ConcurrencyKey is not { } key)
        {
            slot.Queue!.Remove(slot);
            return;
        }

        var gate = pool.GateOf(key);
        if (!gate.TryRemove(lane, slot))
        {
            slot.Queue!.Remove(slot);
        }

        pool.Refill(gate, lane);
        pool.Forget(key, gate);
    }

    /// <summary>A job left Running: its concurrency key has a place again.</summary>
    public void Release(Job job)
    {
        if (job.Spec.ConcurrencyKey is { } key)
        {
            var pool = PoolOf(job.Namespace);
            var gate = pool.GateOf(key);
            gate.Running--;
            foreach (var lane in gate.WaitingLanes.ToList())
            {
                pool.Refill(gate, lane);
            }

            pool.Forget(key, gate);
        }
    }

    /// <summary>A job runs that was not assigned here: the Broker started again.</summary>
    public void Occupy(Job job)
    {
        if (job.Spec.ConcurrencyKey is { } key)
        {
            PoolOf(job.Namespace).GateOf(key).Running++;
        }
    }

    public bool IsOffered(string ns, string method) =>
        _pools.TryGetValue(ns, out var pool) && pool.Lanes.TryGetValue(new LaneKey(method, null, null), out var lane) && lane.Sessions > 0;

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
            foreach (var key in keys)
            {
                var lane = pool.LaneOf(key);
                lane.Sessions++;
                lanes.Add(lane);
                methods.Add(method);
            }
        }

        session.Lanes = [.. lanes];
        session.LaneMethods = [.. methods];
        session.FreePositions = new int[lanes.Count];
        Array.Fill(session.FreePositions, -1);
        session.RunningByMethod = methods.Exists(method => method.MaxConcurrent is not null)
            ? session.Open.GroupBy(slot => slot.Job.Spec.Method).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal)
            : null;
        session.IsFree = false;
    }

    /// <summary>Takes the session's offers back.</summary>
    public static void Withdraw(Session session)
    {
        for (var i = 0; i < session.Lanes.Length; i++)
        {
            session.Lanes[i].SetFree(session, i, false);
            session.Lanes[i].Sessions--;
        }

        session.Lanes = [];
        session.LaneMethods = [];
        session.FreePositions = [];
        session.IsFree = false;
    }

    /// <summary>Called after anything that touches the session's credit.</summary>
    public void UpdateFree(Session session, bool drained)
    {
        var hasCredit = session.HasCredit(drained);
        if (hasCredit == session.IsFree && session.RunningByMethod is null)
        {
            return;
        }

        session.IsFree = hasCredit;
        var pool = PoolOf(session.Namespace);
        for (var i = 0; i < session.Lanes.Length; i++)
        {
            var method = session.LaneMethods[i];
            var hasRoom = method.MaxConcurrent is not { } max || session.RunningByMethod!.GetValueOrDefault(method.Name) < max;
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
    public bool TryMatch(out JobSlot slot, out Session session)
    {
        for (var tried = 0; tried < _turns.Count; tried++)
        {
            _turn = (_turn + 1) % _turns.Count;
            if (TryMatchIn(_turns[_turn], out slot, out session))
            {
                return true;
            }
        }

        slot = null!;
        session = null!;
        return false;
    }

    private static bool TryMatchIn(Pool pool, out JobSlot slot, out Session session)
    {
        while (!pool.Use.IsBusy && pool.TryBest(out var lane, out slot))
        {
            lane.Ready.Remove(slot);
            if (slot.Job.Spec.ConcurrencyKey is { } key)
            {
                var laneKey = LaneKey.Of(slot.Job.Spec);
                var gate = pool.GateOf(key);
                var isOpen = gate.IsOpenFor(slot);
                if (isOpen)
                {
                    gate.Running++;
                }
                else
                {
                    gate.Wait(laneKey, slot);
                }

                // Whoever left the lane may have been the only one there of its key.
                pool.Refill(gate, laneKey);
                if (!isOpen)
                {
                    continue;
                }
            }

            session = lane.NextFree();
            return true;
        }

        slot = null!;
        session = null!;
        return false;
    }

    private Pool PoolOf(string ns)
    {
        if (!_pools.TryGetValue(ns, out var pool))
        {
            _pools[ns] = pool = new Pool(namespaces.Of(ns));
            _turns.Add(pool);
        }

        return pool;
    }

    /// <summary>One namespace's lanes and gates.</summary>
    private sealed class Pool(NamespaceUse use)
    {
        private readonly List<Lane> _movable = [];
        private readonly Dictionary<string, ConcurrencyGate> _gates = new(StringComparer.Ordinal);

        public NamespaceUse Use { get; } = use;

        public int GateCount => _gates.Count;

        public Dictionary<LaneKey, Lane> Lanes { get; } = [];

        public void Queue(JobSlot slot)
        {
            var lane = LaneOf(LaneKey.Of(slot.Job.Spec));
            lane.Ready.Add(slot);
            List(lane);
        }

        /// <summary>
        /// Lets the best job that waits at the gate for the lane into it, if there is a place. While a place is free and jobs wait for the lane, one of
        /// them stands in the lane.
        /// </summary>
        public void Refill(ConcurrencyGate gate, LaneKey lane)
        {
            if (gate.TakeNext(lane) is { } next)
            {
                Queue(next);
            }
        }

        public Lane LaneOf(LaneKey key)
        {
            if (!Lanes.TryGetValue(key, out var lane))
            {
                Sweep();
                Lanes[key] = lane = new Lane();
            }

            return lane;
        }

        public ConcurrencyGate GateOf(string key)
        {
            if (!_gates.TryGetValue(key, out var gate))
            {
                _gates[key] = gate = new ConcurrencyGate();
            }

            return gate;
        }

        public void Forget(string key, ConcurrencyGate gate)
        {
            if (gate.IsUnused)
            {
                _gates.Remove(key);
            }
        }

        public void List(Lane lane)
        {
            if (!lane.IsListed && lane.HasFree && lane.Ready.Count > 0)
            {
                lane.IsListed = true;
                _movable.Add(lane);
            }
        }

        /// <summary>The best job among the lanes that can move. Lanes that no longer can are dropped on the way.</summary>
        public bool TryBest(out Lane best, out JobSlot slot)
        {
            best = null!;
            slot = null!;
            ReadyOrder bestOrder = default;
            for (var i = _movable.Count - 1; i >= 0; i--)
            {
                var lane = _movable[i];
                if (!lane.HasFree || lane.Ready.Count == 0)
                {
                    lane.IsListed = false;
                    _movable[i] = _movable[^1];
                    _movable.RemoveAt(_movable.Count - 1);
                    continue;
                }

                var (order, candidate) = lane.Ready.First;
                if (best is null || order < bestOrder)
                {
                    (best, slot, bestOrder) = (lane, candidate, order);
                }
            }

            return best is not null;
        }

        // Lanes are named by producers too: without this, a producer that invents names would fill the memory.
        private void Sweep()
        {
            if (Lanes.Count >= 1024 && int.IsPow2(Lanes.Count))
            {
                foreach (var (key, _) in Lanes.Where(entry => entry.Value.IsUnused && !entry.Value.IsListed).ToList())
                {
                    Lanes.Remove(key);
                }
            }
        }
    }
}
