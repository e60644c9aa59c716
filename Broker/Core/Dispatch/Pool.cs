using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>One namespace's lanes, gates, and jobs that wait at these.</summary>
internal sealed class Pool(NamespaceUse use, HashSet<Gate> touched)
{
    /// <summary>Things named by producers, before those that nobody uses are swept out.</summary>
    private const int SweepFrom = 1024;

    private readonly List<Lane> _movable = [];
    private readonly List<Gate> _gathered = [];
    private readonly Dictionary<string, ConcurrencyGate> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Key, TimeSpan Period), RateGate> _rates = [];
    private readonly Dictionary<string, WorkGate> _methods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WorkGate> _handlers = new(StringComparer.Ordinal);
    private readonly Dictionary<StrandKey, Strand> _strands = [];
    private NamespaceLimits? _followed;

    public NamespaceUse Use { get; } = use;

    public Dictionary<LaneKey, Lane> Lanes { get; } = [];

    /// <summary>Concurrency keys that somebody runs or waits under.</summary>
    public int KeyCount => _keys.Count;

    /// <summary>Rate limits that have starts to remember.</summary>
    public int RateCount => Limiting.Count();

    /// <summary>The gates that have starts to remember.</summary>
    public IEnumerable<Gate> Limiting =>
        _rates
            .Values.Concat<Gate>(_methods.Values)
            .Concat(_handlers.Values)
            .Where(gate => gate.Window is { IsEmpty: false });

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
        if (_strands.TryGetValue(StrandKey.Of(spec), out var strand) && slot.Queue == strand.Waiting)
        {
            Take(strand, slot);
            return;
        }

        slot.Queue!.Remove(slot);
        Refill(GatesOf(spec), LaneKey.Of(spec));
    }

    /// <summary>
    /// Lets the job, which has left its lane, through all its gates; or puts it aside at the first that is closed.
    /// </summary>
    public bool TryEnter(JobSlot slot, TimeSpan now)
    {
        var spec = slot.Job.Spec;
        var gates = GatesOf(spec);
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
            PutAside(slot, closed);
        }

        // Whoever left the lane may have been the only one there of its gates.
        Refill(gates, LaneKey.Of(spec));
        return closed is null;
    }

    /// <param name="gate">Is open for it.</param>
    public void Enter(Gate gate, Job job, TimeSpan now)
    {
        gate.Enter(job, now);
        if (gate.Window is not null)
        {
            touched.Add(gate);
        }
    }

    /// <summary>A job runs no more.</summary>
    public void Leave(Job job)
    {
        foreach (var gate in GatesOf(job.Spec))
        {
            gate.Leave(job);
            RefillAll(gate);
        }
    }

    public void Occupy(Job job)
    {
        if (job.Spec.ConcurrencyKey is { } key)
        {
            KeyOf(key).Enter(job, default);
        }

        MethodOf(job.Spec.Method).Occupy();
        HandlerOf(job.Current!.Handler).Occupy();
    }

    /// <summary>Something about the gate has opened it, perhaps.</summary>
    public void RefillAll(Gate gate)
    {
        if (gate.HasParked)
        {
            foreach (var lane in gate.ParkedLanes)
            {
                Refill(gate, lane);
            }
        }

        Forget(gate);
    }

    public Lane LaneOf(LaneKey key)
    {
        if (!Lanes.TryGetValue(key, out var lane))
        {
            Sweep(Lanes, lane => lane.IsUnused && !lane.IsListed);
            Lanes[key] = lane = new Lane();
        }

        return lane;
    }

    public WorkGate MethodOf(string method) => Of(_methods, RateScope.Method, method);

    public WorkGate HandlerOf(string handler) => Of(_handlers, RateScope.Handler, handler);

    /// <summary>
    /// The lane, if anybody waits in it or offers it. A look at the pool must make nothing: nobody would take it away
    /// again.
    /// </summary>
    public Lane? FindLane(LaneKey key) => Lanes.GetValueOrDefault(key);

    public WorkGate? FindMethod(string method) => _methods.GetValueOrDefault(method);

    public ConcurrencyGate? FindKey(string key) => _keys.GetValueOrDefault(key);

    public RateGate? FindRate(string key, TimeSpan period) => _rates.GetValueOrDefault((key, period));

    public ConcurrencyGate KeyOf(string key)
    {
        if (!_keys.TryGetValue(key, out var gate))
        {
            _keys[key] = gate = new ConcurrencyGate(this, key);
        }

        return gate;
    }

    public RateGate RateOf(string key, TimeSpan period)
    {
        if (!_rates.TryGetValue((key, period), out var gate))
        {
            _rates[(key, period)] = gate = new RateGate(this, key, new RateWindow(period));
        }

        return gate;
    }

    public RateGate Restore(string key, RateWindow window) =>
        _rates[(key, window.Period)] = new RateGate(this, key, window);

    /// <summary>
    /// Takes over what an operator has changed about the namespace's limits. True when handlers are to be counted anew.
    /// </summary>
    public bool FollowLimits()
    {
        if (ReferenceEquals(_followed, Use.Limits))
        {
            return false;
        }

        _followed = Use.Limits;
        Follow(_methods, _followed.PerMethod, MethodOf);
        Follow(_handlers, _followed.PerHandler, HandlerOf);
        return true;
    }

    public IEnumerable<WorkGate> Handlers => _handlers.Values;

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

    /// <summary>The gates of such a job, the broadest first. Good until the next call.</summary>
    public List<Gate> GatesOf(JobSpec spec)
    {
        _gathered.Clear();
        _gathered.Add(MethodOf(spec.Method));
        if (spec.ConcurrencyKey is { } key)
        {
            _gathered.Add(KeyOf(key));
        }

        if (spec.RateLimit is { } rate)
        {
            _gathered.Add(RateOf(rate.Key, rate.Period));
        }

        return _gathered;
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

    private void PutAside(JobSlot slot, Gate closed)
    {
        var key = StrandKey.Of(slot.Job.Spec);
        if (!_strands.TryGetValue(key, out var strand))
        {
            _strands[key] = strand = new Strand(key);
        }

        var at = strand.At is { } old && !old.IsOpenFor(slot.Job.Spec) ? old : closed;
        strand.At?.Unpark(strand);
        strand.Waiting.Add(slot);
        at.Park(strand);
    }

    private void Take(Strand strand, JobSlot slot)
    {
        var at = strand.At!;
        at.Unpark(strand);
        strand.Waiting.Remove(slot);
        if (strand.Waiting.Count > 0)
        {
            at.Park(strand);
        }
        else
        {
            _strands.Remove(strand.Key);
            Forget(at);
        }
    }

    private void Refill(List<Gate> gates, LaneKey lane)
    {
        foreach (var gate in gates)
        {
            Refill(gate, lane);
            Forget(gate);
        }
    }

    // While a place is free and jobs wait for the lane, one of them stands in it.
    private void Refill(Gate gate, LaneKey lane)
    {
        if (gate.HasParked && gate.NextFor(lane) is { } strand)
        {
            var next = strand.Waiting.First.Slot;
            Take(strand, next);
            Queue(next);
        }
    }

    private void Forget(Gate gate)
    {
        if (!gate.IsUnused)
        {
            return;
        }

        switch (gate)
        {
            case ConcurrencyGate:
                _keys.Remove(gate.RateName.Name);
                break;
            case RateGate { Window.Period: var period }:
                _rates.Remove((gate.RateName.Name, period));
                break;
            default:
                break; // Methods and handlers come again soon; they are swept when they are many.
        }
    }

    private void Follow(
        Dictionary<string, WorkGate> gates,
        IReadOnlyDictionary<string, WorkLimits>? limits,
        Func<string, WorkGate> of
    )
    {
        foreach (var (name, limit) in limits ?? new Dictionary<string, WorkLimits>())
        {
            of(name).Follow(limit);
        }

        foreach (var (name, gate) in gates)
        {
            if (gate.Limits is not null && limits?.ContainsKey(name) != true)
            {
                gate.Follow(null);
            }

            RefillAll(gate);
        }
    }

    private WorkGate Of(Dictionary<string, WorkGate> gates, RateScope scope, string name)
    {
        if (!gates.TryGetValue(name, out var gate))
        {
            Sweep(gates, gate => gate.IsUnused);
            gates[name] = gate = new WorkGate(this, scope, name);
        }

        return gate;
    }

    // They are named by producers too: without this, a producer that invents names would fill the memory.
    private static void Sweep<TKey, TValue>(Dictionary<TKey, TValue> from, Func<TValue, bool> isUnused)
        where TKey : notnull
    {
        if (from.Count >= SweepFrom && int.IsPow2(from.Count))
        {
            foreach (var (key, _) in from.Where(entry => isUnused(entry.Value)).ToList())
            {
                from.Remove(key);
            }
        }
    }
}
