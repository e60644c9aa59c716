using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>
/// A gate lets a limited number of jobs run, and holds the jobs that wait for it. The waiting jobs are held apart by
/// lane, so that a job whose handler is away does not stand in front of a job that could run. The gate's timer waits
/// for tokens that come back.
/// </summary>
internal abstract class Gate(Pool pool) : Timed
{
    private static readonly Comparer<ParkedGroup> _byOrder = Comparer<ParkedGroup>.Create(
        (x, y) => x.Order.CompareTo(y.Order)
    );
    private readonly Dictionary<LaneKey, SortedSet<ParkedGroup>> _parked = [];

    public Pool Pool { get; } = pool;

    /// <summary>The starts that count against the gate's rate limit; null when the gate has no such limit.</summary>
    public abstract RateWindow? Window { get; }

    /// <summary>The name under which the counted starts are stored.</summary>
    public abstract (RateScope Scope, string Name) RateName { get; }

    public bool HasParked => _parked.Count > 0;

    /// <summary>True when the gate holds nothing that must be remembered.</summary>
    public abstract bool IsUnused { get; }

    /// <summary>The lanes of the jobs that wait at the gate.</summary>
    public IReadOnlyList<LaneKey> ParkedLanes => [.. _parked.Keys];

    public abstract bool IsOpenFor(JobSpec spec);

    /// <summary>Counts a job that passes the gate and begins to run.</summary>
    public abstract void Enter(Job job, TimeSpan now);

    /// <summary>Counts that a job that has passed the gate does not run any more.</summary>
    public abstract void Leave(Job job);

    public void Park(ParkedGroup group)
    {
        group.Gate = this;
        group.Order = group.Jobs.First.Order;
        if (!_parked.TryGetValue(group.Key.Lane, out var groups))
        {
            _parked[group.Key.Lane] = groups = new SortedSet<ParkedGroup>(_byOrder);
        }

        groups.Add(group);
    }

    public void Unpark(ParkedGroup group)
    {
        var groups = _parked[group.Key.Lane];
        groups.Remove(group);
        group.Gate = null;
        if (groups.Count == 0)
        {
            _parked.Remove(group.Key.Lane);
        }
    }

    /// <summary>
    /// The best group of the lane that waits at the gate, if the gate is open for it; else null. Whether a gate is open
    /// depends on the job, since each job has its own limits.
    /// </summary>
    public ParkedGroup? NextFor(LaneKey lane) =>
        _parked.TryGetValue(lane, out var groups)
        && groups.Min is { } first
        && IsOpenFor(first.Jobs.First.Slot.Job.Spec)
            ? first
            : null;
}

/// <summary>The gate of one concurrency key, which limits how many jobs with the key run at once.</summary>
internal sealed class ConcurrencyGate(Pool pool, string key) : Gate(pool)
{
    private readonly HashSet<JobId> _holders = [];

    public override RateWindow? Window => null;

    public override (RateScope Scope, string Name) RateName => (RateScope.Key, key);

    public override bool IsUnused => _holders.Count == 0 && !HasParked;

    /// <summary>The jobs that run under the key.</summary>
    public IReadOnlyCollection<JobId> Holders => _holders;

    public override bool IsOpenFor(JobSpec spec) => _holders.Count < spec.ConcurrencyLimit;

    public override void Enter(Job job, TimeSpan now) => _holders.Add(job.Id);

    public override void Leave(Job job) => _holders.Remove(job.Id);
}

/// <summary>The gate of one rate key, which limits how many jobs with the key start in a period.</summary>
internal sealed class RateGate(Pool pool, string key, RateWindow window) : Gate(pool)
{
    public override RateWindow Window { get; } = window;

    public override (RateScope Scope, string Name) RateName => (RateScope.Key, key);

    public override bool IsUnused => Window.IsEmpty && !HasParked;

    public override bool IsOpenFor(JobSpec spec) => Window.Taken < spec.RateLimit!.Limit;

    public override void Enter(Job job, TimeSpan now) => Window.TakeToken(now);

    public override void Leave(Job job)
    {
        // A token comes back with time, not with the end of its job.
    }
}

/// <summary>
/// The gate of one method or of one handler, which limits how many of its jobs run at once and start in a period.
/// </summary>
internal sealed class WorkGate(Pool pool, RateScope scope, string name) : Gate(pool)
{
    private RateWindow? _window;

    public override RateWindow? Window => _window;

    public override (RateScope Scope, string Name) RateName => (scope, name);

    /// <summary>The number of running jobs of the method, or of the handler.</summary>
    public int Running { get; private set; }

    /// <summary>True while somebody has paused the method; false for a handler.</summary>
    public bool IsPaused { get; set; }

    /// <summary>The number of unfinished jobs of the method; zero for a handler.</summary>
    public int Unfinished { get; set; }

    /// <summary>
    /// The offers of the handler's sessions, whose credit the gate limits; null while there are none, and for a method.
    /// </summary>
    public HashSet<SessionOffer>? Offers { get; private set; }

    /// <summary>The limits that an operator gave; null for none.</summary>
    public WorkLimits? Limits { get; private set; }

    public bool IsFull => Limits?.RunningJobs is { } max && Running >= max;

    public bool IsRateSpent => Limits?.Rate is { } rate && _window!.Taken >= rate.Limit;

    public bool IsOpen => !IsPaused && !IsFull && !IsRateSpent;

    public override bool IsUnused =>
        Running == 0
        && Unfinished == 0
        && !IsPaused
        && Limits is null
        && !HasParked
        && Offers is null or { Count: 0 }
        && Window is null or { IsEmpty: true };

    public override bool IsOpenFor(JobSpec spec) => IsOpen;

    public void Join(SessionOffer offer) => (Offers ??= []).Add(offer);

    /// <summary>Changes the limits that an operator gave.</summary>
    /// <param name="limits">The new limits; null for none.</param>
    public void SetLimits(WorkLimits? limits)
    {
        Limits = limits;
        _window = limits?.Rate is { } rate ? _window?.Over(rate.Period) ?? new RateWindow(rate.Period) : null;
    }

    public void Restore(RateWindow window) => _window = window;

    public override void Enter(Job job, TimeSpan now)
    {
        Running++;
        _window?.TakeToken(now);
    }

    /// <summary>
    /// Counts a job that ran already before the Broker started again. The start of this job is in the stored window
    /// already, if there is one.
    /// </summary>
    public void Occupy() => Running++;

    public override void Leave(Job job) => Running--;
}
