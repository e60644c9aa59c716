using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>
/// Something that lets so many jobs run, and keeps those that wait for it: for each lane apart, so that a job whose
/// handler is away does not stand in front of one that could run. Its timer is for tokens that come back.
/// </summary>
internal abstract class Gate(Pool pool) : Timed
{
    private static readonly Comparer<Strand> _byOrder = Comparer<Strand>.Create((x, y) => x.Order.CompareTo(y.Order));
    private readonly Dictionary<LaneKey, SortedSet<Strand>> _parked = [];

    public Pool Pool { get; } = pool;

    /// <summary>What is kept of its starts; null when they are not limited.</summary>
    public abstract RateWindow? Window { get; }

    public abstract (RateScope Scope, string Name) RateName { get; }

    public bool HasParked => _parked.Count > 0;

    public abstract bool IsUnused { get; }

    /// <summary>Lanes that a place may be of use to.</summary>
    public IReadOnlyList<LaneKey> ParkedLanes => [.. _parked.Keys];

    public abstract bool IsOpenFor(JobSpec spec);

    /// <summary>A job begins to run.</summary>
    public abstract void Enter(Job job, TimeSpan now);

    /// <summary>It runs no more.</summary>
    public abstract void Leave(Job job);

    public void Park(Strand strand)
    {
        strand.At = this;
        strand.Order = strand.Waiting.First.Order;
        if (!_parked.TryGetValue(strand.Key.Lane, out var strands))
        {
            _parked[strand.Key.Lane] = strands = new SortedSet<Strand>(_byOrder);
        }

        strands.Add(strand);
    }

    public void Unpark(Strand strand)
    {
        var strands = _parked[strand.Key.Lane];
        strands.Remove(strand);
        strand.At = null;
        if (strands.Count == 0)
        {
            _parked.Remove(strand.Key.Lane);
        }
    }

    /// <summary>The best that waits for the lane, if there is a place for it; each job brings its own limits.</summary>
    public Strand? NextFor(LaneKey lane) =>
        _parked.TryGetValue(lane, out var strands)
        && strands.Min is { } first
        && IsOpenFor(first.Waiting.First.Slot.Job.Spec)
            ? first
            : null;
}

/// <summary>At most so many running jobs with one concurrency key.</summary>
internal sealed class ConcurrencyGate(Pool pool, string key) : Gate(pool)
{
    private readonly HashSet<JobId> _holders = [];

    public override RateWindow? Window => null;

    public override (RateScope Scope, string Name) RateName => (RateScope.Key, key);

    public override bool IsUnused => _holders.Count == 0 && !HasParked;

    /// <summary>Whose jobs have the places.</summary>
    public IReadOnlyCollection<JobId> Holders => _holders;

    public override bool IsOpenFor(JobSpec spec) => _holders.Count < spec.ConcurrencyLimit;

    public override void Enter(Job job, TimeSpan now) => _holders.Add(job.Id);

    public override void Leave(Job job) => _holders.Remove(job.Id);
}

/// <summary>At most so many starts a period of jobs with one rate key.</summary>
internal sealed class RateGate(Pool pool, string key, RateWindow window) : Gate(pool)
{
    public override RateWindow Window { get; } = window;

    public override (RateScope Scope, string Name) RateName => (RateScope.Key, key);

    public override bool IsUnused => Window.IsEmpty && !HasParked;

    public override bool IsOpenFor(JobSpec spec) => Window.Taken < spec.RateLimit!.Limit;

    public override void Enter(Job job, TimeSpan now) => Window.Take(now);

    public override void Leave(Job job)
    {
        // A token comes back with time, not with the end of its job.
    }
}

/// <summary>What an operator lets one method, or one handler, do at once and in a period.</summary>
internal sealed class WorkGate(Pool pool, RateScope scope, string name) : Gate(pool)
{
    private RateWindow? _window;

    public override RateWindow? Window => _window;

    public override (RateScope Scope, string Name) RateName => (scope, name);

    public int Running { get; private set; }

    /// <summary>
    /// Offers of the handler's sessions, whose credit the gate bounds; null where none has joined, and for a method.
    /// </summary>
    public HashSet<SessionOffer>? Offers { get; private set; }

    /// <summary>Null: none.</summary>
    public WorkLimits? Limits { get; private set; }

    public bool IsFull => Limits?.RunningJobs is { } max && Running >= max;

    public bool IsRateSpent => Limits?.Rate is { } rate && _window!.Taken >= rate.Limit;

    public bool IsOpen => !IsFull && !IsRateSpent;

    public override bool IsUnused =>
        Running == 0
        && Limits is null
        && !HasParked
        && Offers is null or { Count: 0 }
        && Window is null or { IsEmpty: true };

    public override bool IsOpenFor(JobSpec spec) => IsOpen;

    public void Join(SessionOffer offer) => (Offers ??= []).Add(offer);

    public void Follow(WorkLimits? limits)
    {
        Limits = limits;
        _window = limits?.Rate is { } rate ? _window?.Over(rate.Period) ?? new RateWindow(rate.Period) : null;
    }

    public void Restore(RateWindow window) => _window = window;

    public override void Enter(Job job, TimeSpan now)
    {
        Running++;
        _window?.Take(now);
    }

    /// <summary>It ran before the Broker started again: its start is in the window already, if there is one.</summary>
    public void Occupy() => Running++;

    public override void Leave(Job job) => Running--;
}
