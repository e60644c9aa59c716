using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>
/// What one session offers to run, how many jobs at once, and which jobs run there now. Only the
/// <see cref="Dispatcher"/> changes an offer, so that the lanes always agree with it.
/// </summary>
internal sealed class SessionOffer(string sessionId, string ns, string handler, string instance)
{
    private readonly HashSet<JobSlot> _running = [];

    /// <summary>
    /// The number of running jobs of each method; null while no method of the session has a limit of its own.
    /// </summary>
    private Dictionary<string, int>? _runningByMethod;

    public string SessionId { get; } = sessionId;

    public string Namespace { get; } = ns;

    public string Handler { get; } = handler;

    /// <summary>The instance of the handler. The next session of the same process has the same instance.</summary>
    public string Instance { get; } = instance;

    /// <summary>The number of the connection that reaches the session; null while there is none.</summary>
    public long? Connection { get; private set; }

    /// <summary>
    /// The Bridge that carries the connection; null for a direct connection, and without a connection.
    /// </summary>
    public string? Bridge { get; private set; }

    /// <summary>The methods that the session offers and may offer, by name.</summary>
    public IReadOnlyDictionary<string, OfferedMethod> Methods { get; private set; } =
        new Dictionary<string, OfferedMethod>();

    public IReadOnlyList<string> Groups { get; private set; } = [];

    /// <summary>
    /// The offline store of the instance, which holds its copies of schedules; null when it has none.
    /// </summary>
    public string? Store { get; private set; }

    /// <summary>How many jobs the session may run at once.</summary>
    public int Capacity { get; internal set; }

    /// <summary>True while the session is connected and answers probes.</summary>
    public bool IsReady { get; internal set; }

    /// <summary>True while an operator wants the handler to take no new work.</summary>
    public bool IsDrained { get; internal set; }

    /// <summary>
    /// The jobs whose open attempt the session has, also while the session is away and its leases have not ended.
    /// </summary>
    public IReadOnlySet<JobSlot> Running => _running;

    /// <summary>The limits of the handler, over all its sessions; null while the session offers nothing.</summary>
    public WorkGate? HandlerGate { get; internal set; }

    /// <summary>
    /// The lanes whose jobs the session may run. <see cref="LaneMethods"/> and <see cref="FreePositions"/> have one
    /// entry for each, at the same index.
    /// </summary>
    internal Lane[] Lanes { get; set; } = [];

    /// <summary>The offered method of each lane.</summary>
    internal OfferedMethod[] LaneMethods { get; set; } = [];

    /// <summary>
    /// The index of the session in the list of free sessions of each lane; -1 where the session is not free.
    /// </summary>
    internal int[] FreePositions { get; set; } = [];

    /// <summary>Whether the session had credit when that was last reported to its lanes.</summary>
    internal bool IsFree { get; set; }

    /// <summary>
    /// True when some method has a limit of its own, so that the session may be free for some of its lanes only.
    /// </summary>
    public bool HasMethodLimits => _runningByMethod is not null;

    public bool HasCredit => IsReady && !IsDrained && _running.Count < Capacity && HandlerGate?.IsOpen != false;

    public bool HasRoomFor(OfferedMethod method) =>
        method.MaxConcurrent is not { } max || _runningByMethod!.GetValueOrDefault(method.Name) < max;

    public void Connect(long connection, string? bridge) => (Connection, Bridge) = (connection, bridge);

    public void Disconnect() => (Connection, Bridge) = (null, null);

    /// <summary>Replaces what the session offers.</summary>
    public void Replace(IReadOnlyDictionary<string, OfferedMethod> methods, IReadOnlyList<string> groups, string? store)
    {
        (Methods, Groups, Store) = (methods, groups, store);
        _runningByMethod = methods.Values.Any(method => method.MaxConcurrent is not null)
            ? _running
                .GroupBy(slot => slot.Job.Spec.Method)
                .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal)
            : null;
    }

    /// <summary>Counts a job that begins to run, or that the session goes on with.</summary>
    public void Add(JobSlot slot)
    {
        if (_running.Add(slot))
        {
            Count(slot, +1);
        }
    }

    public void Remove(JobSlot slot)
    {
        if (_running.Remove(slot))
        {
            Count(slot, -1);
        }
    }

    private void Count(JobSlot slot, int change)
    {
        if (_runningByMethod is { } running)
        {
            var method = slot.Job.Spec.Method;
            running[method] = running.GetValueOrDefault(method) + change;
        }
    }
}
