using System.Runtime.CompilerServices;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Simulation.Brokers;

/// <summary>Reads the Core's tables, which have no public access.</summary>
internal readonly struct CoreXray(BrokerCore core)
{
    public JobTable JobTable => JobsOf(core);

    public Dispatcher Dispatcher => DispatcherOf(core);

    public ScheduleTable ScheduleTable => SchedulesOf(core);

    public TimerHeap Wall => WallOf(core);

    public int Jobs => SlotsOf(JobTable).Count;

    public IEnumerable<JobSlot> Slots => SlotsOf(JobTable).Values;

    public IReadOnlyCollection<OpenAttempt> Attempts => AttemptsOf(core).All;

    public int Running => Attempts.Count;

    /// <summary>The number of open attempts from before the start whose sessions have not come back.</summary>
    public int Unresumed => UnresumedOf(AttemptsOf(core)).Values.Sum(unresumed => unresumed.Count);

    public int Deduplications => EntriesOf(JobTable.Deduplication).Count;

    /// <summary>The number of waits for other jobs: a job that waits for two jobs counts twice.</summary>
    public int Waits => WaitingOf(DependentsOf(core)).Values.Sum(slots => slots.Count);

    public int Batches => BatchesOf(core).Count;

    public int WallTimers => WallOf(core).Count;

    public int SteadyTimers => SteadyOf(core).Count;

    public int Sessions => SessionsOf(core).Count;

    public IEnumerable<SessionOffer> Offers => SessionsOf(core).All.Select(session => session.Offer);

    public int Connections => ConnectionsOf(SessionsOf(core)).Count;

    public IEnumerable<long> ConnectionNumbers => ConnectionsOf(SessionsOf(core)).Keys;

    public int Namespaces => NamespacesOf(core).All.Count();

    public int Gates => Dispatcher.GateCount;

    /// <summary>The number of rate limits that have starts to remember.</summary>
    public int Rates => Dispatcher.RateCount;

    public int Queued => Slots.Count(slot => slot.Queue is not null);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_jobs")]
    private static extern ref JobTable JobsOf(BrokerCore core);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_attempts")]
    private static extern ref OpenAttempts AttemptsOf(BrokerCore core);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_dependents")]
    private static extern ref Dependents DependentsOf(BrokerCore core);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_waiting")]
    private static extern ref Dictionary<JobId, List<JobSlot>> WaitingOf(Dependents dependents);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_batches")]
    private static extern ref BatchTable BatchesOf(BrokerCore core);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_dispatcher")]
    private static extern ref Dispatcher DispatcherOf(BrokerCore core);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_sessions")]
    private static extern ref SessionTable SessionsOf(BrokerCore core);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_schedules")]
    private static extern ref ScheduleTable SchedulesOf(BrokerCore core);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_namespaces")]
    private static extern ref NamespaceTable NamespacesOf(BrokerCore core);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_wall")]
    private static extern ref TimerHeap WallOf(BrokerCore core);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_steady")]
    private static extern ref TimerHeap SteadyOf(BrokerCore core);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_slots")]
    private static extern ref Dictionary<JobId, JobSlot> SlotsOf(JobTable jobs);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_unresumed")]
    private static extern ref Dictionary<
        (string Namespace, string Handler, string Instance),
        HashSet<OpenAttempt>
    > UnresumedOf(OpenAttempts attempts);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_entries")]
    private static extern ref Dictionary<(string Namespace, string Key), Deduplication.Entry> EntriesOf(
        Deduplication deduplication
    );

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_connections")]
    private static extern ref Dictionary<long, Connection> ConnectionsOf(SessionTable sessions);
}
