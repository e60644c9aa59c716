using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// The place of one unfinished job in memory: the job as it stands, and what is not worth storing. Its one timer waits
/// on the wall clock for <c>runAt</c> or the start deadline, and on the steady clock while an attempt is open.
/// </summary>
internal sealed class JobSlot(Job job, NamespaceUse use) : Timed
{
    public Job Job { get; set; } = job;

    public NamespaceUse Use { get; } = use;

    /// <summary>The order among equals, renewed each time the job becomes Ready.</summary>
    public long Arrival { get; set; }

    /// <summary>Where the job waits while it is Ready.</summary>
    public ReadyQueue? Queue { get; set; }

    public int QueuePosition { get; set; }

    public OpenAttempt? Open { get; set; }
}

/// <summary>What the Broker knows of an attempt while it runs.</summary>
internal sealed class OpenAttempt
{
    /// <summary>
    /// The offer of the session that runs the attempt; null while the session has not come back after a start of the
    /// Broker.
    /// </summary>
    public SessionOffer? Offer { get; set; }

    public TimeSpan LeaseUntil { get; set; }

    public TimeSpan TimeoutAt { get; set; }

    /// <summary>When a requested cancel stops waiting for the handler.</summary>
    public TimeSpan? GraceUntil { get; set; }

    public double? Percent { get; set; }

    public string? Message { get; set; }

    /// <summary>Of the lines kept so far, since this start of the Broker.</summary>
    public int LogCharacters { get; set; }

    /// <summary>The next instant at which something must be decided.</summary>
    public TimeSpan Deadline
    {
        get
        {
            var deadline = LeaseUntil < TimeoutAt ? LeaseUntil : TimeoutAt;
            return GraceUntil < deadline ? GraceUntil.Value : deadline;
        }
    }
}
