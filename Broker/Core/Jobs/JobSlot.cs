using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// The place of one unfinished job in memory: the job as it stands, and what is not stored. The slot's timer waits on
/// the wall clock for <c>runAt</c> or the start deadline, and is not set while the job runs.
/// </summary>
internal sealed class JobSlot(Job job, NamespaceQuota quota) : Timed
{
    public Job Job { get; set; } = job;

    /// <summary>The quota of the job's namespace.</summary>
    public NamespaceQuota Quota { get; } = quota;

    /// <summary>
    /// The order among jobs of equal priority and <c>runAt</c>, renewed each time the job becomes Ready.
    /// </summary>
    public long Arrival { get; set; }

    /// <summary>The queue in which the job waits while it is Ready; null while it is in none.</summary>
    public ReadyQueue? Queue { get; set; }

    /// <summary>The job's place in the heap of <see cref="Queue"/>.</summary>
    public int QueuePosition { get; set; }
}
