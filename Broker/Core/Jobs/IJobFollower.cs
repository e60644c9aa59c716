using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// A part of Core whose state follows the states of jobs. The job table calls its followers within each step,
/// after the step's change and event, in the order in which it was given them.
/// </summary>
internal interface IJobFollower
{
    /// <summary>Called when a job has come into the table: somebody enqueued it, or a start read it back.</summary>
    void Added(JobSlot slot, Moment now);

    /// <summary>Called when a job has taken a step.</summary>
    /// <param name="jobs">The table itself, for the steps of other jobs that follow from this one.</param>
    void Stepped(in JobStep step, JobTable jobs, Decision decision);

    /// <summary>Called when a job that did not run has left the table without an end.</summary>
    void Dropped(JobSlot slot, Decision decision);
}

/// <summary>One step of one job.</summary>
/// <param name="Slot">The slot of the job, which holds the job as it is after the step.</param>
/// <param name="Before">The job before the step.</param>
internal readonly record struct JobStep(JobSlot Slot, Job Before, JobEvent Happened)
{
    public Job After => Slot.Job;

    /// <summary>True when the step has begun an attempt.</summary>
    public bool HasBegun => Before.State != JobState.Running && IsRunning;

    /// <summary>True when the step has ended the open attempt.</summary>
    public bool HasStopped => Before.State == JobState.Running && !IsRunning;

    private bool IsRunning => After.State == JobState.Running;
}
