using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Attempts;

/// <summary>
/// An open attempt, with the parts of it that are not stored: the session that has it, and its deadlines. All instants
/// are of the steady clock, on which the attempt's timer waits for the next deadline.
/// </summary>
internal sealed class OpenAttempt(JobSlot slot) : Timed
{
    /// <summary>The job, which is Running for as long as the attempt is open.</summary>
    public JobSlot Slot { get; } = slot;

    public AttemptId Id => new(Slot.Job.Id, Slot.Job.Token);

    /// <summary>
    /// The offer of the session that runs the attempt; null while the session has not come back after a start of the
    /// Broker.
    /// </summary>
    public SessionOffer? Offer { get; set; }

    /// <summary>When the lease ends, unless a heartbeat renews it before.</summary>
    public TimeSpan LeaseUntil { get; set; }

    /// <summary>When the time-out of the job ends the attempt.</summary>
    public TimeSpan TimeoutAt { get; set; }

    /// <summary>When a requested cancel stops waiting for the handler; null while no cancel is requested.</summary>
    public TimeSpan? GraceUntil { get; set; }

    /// <summary>The progress that the handler reported last, from 0 to 100; null before the first report.</summary>
    public double? Percent { get; set; }

    /// <summary>The handler's newest message about the progress; null before the first.</summary>
    public string? Message { get; set; }

    /// <summary>Characters of the log lines that were saved since this start of the Broker.</summary>
    public int LogCharacters { get; set; }

    /// <summary>
    /// Whether the attempt was assigned to the session's instance of the handler, in whichever session.
    /// </summary>
    public bool IsOf(SessionOffer offer) =>
        Slot.Job.Namespace == offer.Namespace
        && Slot.Job.Current!.Handler == offer.Handler
        && Slot.Job.Current.Instance == offer.Instance;

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
