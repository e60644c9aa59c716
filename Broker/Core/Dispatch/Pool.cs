using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>The ready jobs of one namespace: in lanes, or parked at gates that are closed.</summary>
internal sealed class Pool
{
    /// <summary>
    /// The lanes that have jobs and a free session. Lanes that have become unable to move may be among them.
    /// </summary>
    private readonly List<Lane> _movable = [];
    private readonly Dictionary<ParkedGroupKey, ParkedGroup> _parkedGroups = [];
    private readonly HashSet<Gate> _touched;

    /// <summary>The limits of the namespace that the gates go by; null before the first use.</summary>
    private NamespaceLimits? _limits;

    /// <param name="touched">The set to which the pool adds gates whose counted starts are to be saved.</param>
    public Pool(NamespaceQuota quota, HashSet<Gate> touched)
    {
        Quota = quota;
        Gates = new GateSet(this);
        _touched = touched;
    }

    public NamespaceQuota Quota { get; }

    public GateSet Gates { get; }

    public Dictionary<LaneKey, Lane> Lanes { get; } = [];

    public void Queue(JobSlot slot)
    {
        var lane = LaneOf(LaneKey.Of(slot.Job.Spec));
        lane.Ready.Add(slot);
        List(lane);
    }

    /// <summary>Removes a ready job from its lane, or from the gate at which it is parked.</summary>
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
    /// Lets a job, which has left its lane, pass all its gates; or parks the job at the first gate that is closed.
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

        // The job may have been the only one of its gates in the lane: another that waits there takes its place.
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

    /// <summary>Gives back the places that a job, which does not run any more, had at its gates.</summary>
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
    /// The lane, if jobs wait in it or sessions offer it; else null. A lane that was made here would never be removed.
    /// </summary>
    public Lane? FindLane(LaneKey key) => Lanes.GetValueOrDefault(key);

    /// <summary>Applies the limits of the namespace, if an operator has changed them.</summary>
    /// <returns>True when the limits have changed, so that the credit of handlers is to be counted anew.</returns>
    public bool FollowLimits()
    {
        if (ReferenceEquals(_limits, Quota.Limits))
        {
            return false;
        }

        _limits = Quota.Limits;
        Gates.SetLimits(_limits);
        foreach (var gate in Gates.Methods.Concat(Gates.Handlers))
        {
            RefillAll(gate);
        }

        return true;
    }

    /// <summary>Adds a lane to those that can move, if it has jobs and a free session.</summary>
    public void List(Lane lane)
    {
        if (!lane.IsListed && lane.HasFree && lane.Ready.Count > 0)
        {
            lane.IsListed = true;
            _movable.Add(lane);
        }
    }

    /// <summary>
    /// Finds the best job among the lanes that can move. Lanes that cannot move any more are removed from the list.
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

    // A loop and not LINQ, whose closure would be allocated for every job.
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

    // Brings one parked job back to its lane while the gate has a free place: the lane then always holds a candidate.
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
