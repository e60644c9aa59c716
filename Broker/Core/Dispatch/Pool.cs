using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>The ready jobs of one namespace: in lanes, or parked at gates that are closed.</summary>
internal sealed class Pool
{
    private readonly List<Lane> _movable = [];
    private readonly Dictionary<ParkedGroupKey, ParkedGroup> _parkedGroups = [];
    private readonly HashSet<Gate> _touched;
    private NamespaceLimits? _limits;

    /// <param name="touched">Where the pool notes gates whose counted starts are to be saved.</param>
    public Pool(NamespaceQuota use, HashSet<Gate> touched)
    {
        Use = use;
        Gates = new GateSet(this);
        _touched = touched;
    }

    public NamespaceQuota Use { get; }

    public GateSet Gates { get; }

    public Dictionary<LaneKey, Lane> Lanes { get; } = [];

    public void Queue(JobSlot slot)
    {
        var lane = LaneOf(LaneKey.Of(slot.Job.Spec));
        lane.Ready.Add(slot);
        List(lane);
    }

    /// <summary>Takes a Ready job out, wherever it waits.</summary>
    public void Remove(JobSlot slot)
    {
        var spec = slot.Job.Spec;
        if (_parkedGroups.TryGetValue(ParkedGroupKey.Of(spec), out var group) && slot.Queue == group.Jobs)
        {
            Unpark(group, slot);
            return;
        }

        slot.Queue!.Remove(slot);
        Refill(Gates.For(spec), LaneKey.Of(spec));
    }

    /// <summary>
    /// Lets the job, which has left its lane, through all its gates; or parks it at the first that is closed.
    /// </summary>
    public bool TryEnter(JobSlot slot, TimeSpan now)
    {
        var spec = slot.Job.Spec;
        var gates = Gates.For(spec);
        var closed = FirstClosed(gates, spec);
        if (closed is null)
        {
            foreach (var gate in gates)
            {
                Enter(gate, slot.Job, now);
            }
        }
        else
        {
            Park(slot, closed);
        }

        // Whoever left the lane may have been the only one there of its gates.
        Refill(gates, LaneKey.Of(spec));
        return closed is null;
    }

    /// <summary>Lets a job through one gate, which is open for it.</summary>
    public void Enter(Gate gate, Job job, TimeSpan now)
    {
        gate.Enter(job, now);
        if (gate.Window is not null)
        {
            _touched.Add(gate);
        }
    }

    /// <summary>Gives back the places of a job that has stopped to run.</summary>
    public void Leave(Job job)
    {
        foreach (var gate in Gates.For(job.Spec))
        {
            gate.Leave(job);
            RefillAll(gate);
        }
    }

    /// <summary>Counts a job that ran already before the Broker started again.</summary>
    public void Occupy(Job job)
    {
        if (job.Spec.ConcurrencyKey is { } key)
        {
            Gates.OfKey(key).Enter(job, default);
        }

        Gates.OfMethod(job.Spec.Method).Occupy();
        Gates.OfHandler(job.Current!.Handler).Occupy();
    }

    /// <summary>Brings parked jobs back to their lanes after something may have opened the gate.</summary>
    public void RefillAll(Gate gate)
    {
        if (gate.HasParked)
        {
            foreach (var lane in gate.ParkedLanes)
            {
                Refill(gate, lane);
            }
        }

        Gates.ForgetIfUnused(gate);
    }

    public Lane LaneOf(LaneKey key)
    {
        if (!Lanes.TryGetValue(key, out var lane))
        {
            GateSet.Sweep(Lanes, lane => lane.IsUnused && !lane.IsListed);
            Lanes[key] = lane = new Lane();
        }

        return lane;
    }

    /// <summary>
    /// The lane, if anybody waits in it or offers it. A look at the pool must make nothing: nobody would take it away
    /// again.
    /// </summary>
    public Lane? FindLane(LaneKey key) => Lanes.GetValueOrDefault(key);

    /// <summary>
    /// Takes over the limits of the namespace if an operator has changed them. True when handlers are to be counted
    /// anew.
    /// </summary>
    public bool FollowLimits()
    {
        if (ReferenceEquals(_limits, Use.Limits))
        {
            return false;
        }

        _limits = Use.Limits;
        Gates.SetLimits(_limits);
        foreach (var gate in Gates.Methods.Concat(Gates.Handlers))
        {
            RefillAll(gate);
        }

        return true;
    }

    /// <summary>Notes a lane among those that can move, if it has jobs and somebody free.</summary>
    public void List(Lane lane)
    {
        if (!lane.IsListed && lane.HasFree && lane.Ready.Count > 0)
        {
            lane.IsListed = true;
            _movable.Add(lane);
        }
    }

    /// <summary>
    /// Finds the best job among the lanes that can move. Lanes that no longer can are dropped on the way.
    /// </summary>
    public bool TryFindBest(out Lane best, out JobSlot slot)
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

    // Without a closure: it is asked for every job.
    private static Gate? FirstClosed(List<Gate> gates, JobSpec spec)
    {
        foreach (var gate in gates)
        {
            if (!gate.IsOpenFor(spec))
            {
                return gate;
            }
        }

        return null;
    }

    private void Park(JobSlot slot, Gate closed)
    {
        var key = ParkedGroupKey.Of(slot.Job.Spec);
        if (!_parkedGroups.TryGetValue(key, out var group))
        {
            _parkedGroups[key] = group = new ParkedGroup(key);
        }

        var gate = group.Gate is { } old && !old.IsOpenFor(slot.Job.Spec) ? old : closed;
        group.Gate?.Unpark(group);
        group.Jobs.Add(slot);
        gate.Park(group);
    }

    private void Unpark(ParkedGroup group, JobSlot slot)
    {
        var gate = group.Gate!;
        gate.Unpark(group);
        group.Jobs.Remove(slot);
        if (group.Jobs.Count > 0)
        {
            gate.Park(group);
        }
        else
        {
            _parkedGroups.Remove(group.Key);
            Gates.ForgetIfUnused(gate);
        }
    }

    private void Refill(List<Gate> gates, LaneKey lane)
    {
        foreach (var gate in gates)
        {
            Refill(gate, lane);
            Gates.ForgetIfUnused(gate);
        }
    }

    // While a place is free and jobs wait for the lane, one of them stands in it.
    private void Refill(Gate gate, LaneKey lane)
    {
        if (gate.HasParked && gate.NextFor(lane) is { } group)
        {
            var next = group.Jobs.First.Slot;
            Unpark(group, next);
            Queue(next);
        }
    }
}
