using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>
/// The gates of one namespace. A gate is made when a job first needs it, and forgotten when nothing uses it any more.
/// </summary>
internal sealed class GateSet(Pool pool)
{
    /// <summary>From how many entries on the unused ones are removed.</summary>
    private const int SweepFrom = 1024;

    /// <summary>The answer of <see cref="For"/>, which is used again so that a job costs no new list.</summary>
    private readonly List<Gate> _gathered = [];
    private readonly Dictionary<string, ConcurrencyGate> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Key, TimeSpan Period), RateGate> _rates = [];
    private readonly Dictionary<string, WorkGate> _methods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WorkGate> _handlers = new(StringComparer.Ordinal);

    /// <summary>The number of concurrency keys under which jobs run or wait.</summary>
    public int KeyCount => _keys.Count;

    /// <summary>The gates that count starts at the moment.</summary>
    public IEnumerable<Gate> Limiting =>
        _rates
            .Values.Concat<Gate>(_methods.Values)
            .Concat(_handlers.Values)
            .Where(gate => gate.Window is { IsEmpty: false });

    public IEnumerable<WorkGate> Methods => _methods.Values;

    public IEnumerable<WorkGate> Handlers => _handlers.Values;

    /// <summary>
    /// The gates that a job with this spec must pass, the broadest first. The list is valid until the next call.
    /// </summary>
    public List<Gate> For(JobSpec spec)
    {
        _gathered.Clear();
        _gathered.Add(OfMethod(spec.Method));
        if (spec.ConcurrencyKey is { } key)
        {
            _gathered.Add(OfKey(key));
        }

        if (spec.RateLimit is { } rate)
        {
            _gathered.Add(OfRate(rate.Key, rate.Period));
        }

        return _gathered;
    }

    public WorkGate OfMethod(string method) => OfWork(_methods, RateScope.Method, method);

    public WorkGate OfHandler(string handler) => OfWork(_handlers, RateScope.Handler, handler);

    public ConcurrencyGate OfKey(string key)
    {
        if (!_keys.TryGetValue(key, out var gate))
        {
            _keys[key] = gate = new ConcurrencyGate(pool, key);
        }

        return gate;
    }

    private RateGate OfRate(string key, TimeSpan period)
    {
        if (!_rates.TryGetValue((key, period), out var gate))
        {
            _rates[(key, period)] = gate = new RateGate(pool, key, new RateWindow(period));
        }

        return gate;
    }

    // The Find methods make no gate: nobody would remove it again.

    public WorkGate? FindMethod(string method) => _methods.GetValueOrDefault(method);

    public WorkGate? FindHandler(string handler) => _handlers.GetValueOrDefault(handler);

    public ConcurrencyGate? FindKey(string key) => _keys.GetValueOrDefault(key);

    public RateGate? FindRate(string key, TimeSpan period) => _rates.GetValueOrDefault((key, period));

    /// <summary>Makes the gate of a rate limit with the starts that were stored.</summary>
    public RateGate RestoreRate(string key, RateWindow window) =>
        _rates[(key, window.Period)] = new RateGate(pool, key, window);

    /// <summary>Applies the limits that an operator gave to methods and handlers.</summary>
    public void SetLimits(NamespaceLimits limits)
    {
        SetLimits(_methods, limits.PerMethod, OfMethod);
        SetLimits(_handlers, limits.PerHandler, OfHandler);
    }

    /// <summary>Forgets a gate if nothing uses it.</summary>
    public void ForgetIfUnused(Gate gate)
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
                break; // Gates of methods and handlers are needed again soon; many of them are swept together.
        }
    }

    /// <summary>
    /// Removes unused entries when there are many. Without this, a producer that invents names would fill the memory.
    /// </summary>
    public static void Sweep<TKey, TValue>(Dictionary<TKey, TValue> from, Func<TValue, bool> isUnused)
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

    private static void SetLimits(
        Dictionary<string, WorkGate> gates,
        IReadOnlyDictionary<string, WorkLimits>? limits,
        Func<string, WorkGate> gateOf
    )
    {
        foreach (var (name, limit) in limits ?? new Dictionary<string, WorkLimits>())
        {
            gateOf(name).SetLimits(limit);
        }

        foreach (var (name, gate) in gates)
        {
            if (gate.Limits is not null && limits?.ContainsKey(name) != true)
            {
                gate.SetLimits(null);
            }
        }
    }

    private WorkGate OfWork(Dictionary<string, WorkGate> gates, RateScope scope, string name)
    {
        if (!gates.TryGetValue(name, out var gate))
        {
            Sweep(gates, gate => gate.IsUnused);
            gates[name] = gate = new WorkGate(pool, scope, name);
        }

        return gate;
    }
}
