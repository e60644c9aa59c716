using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>Decides the requests of producers and operators about jobs.</summary>
internal sealed class JobCommands(CoreOptions options, NamespaceTable namespaces, JobTable jobs, Dependents dependents)
{
    /// <summary>Makes jobs that form no batch.</summary>
    public Answer Enqueue(BrokerInput.Enqueue asked, Decision decision) =>
        Plan(asked, asked.Jobs, decision.Now.Wall, out var chains)
        ?? new Answer.Enqueued(Create(asked.Jobs, chains, decision));

    /// <summary>Checks whether jobs may be made, and plans what each of them waits for.</summary>
    /// <param name="all">The jobs that need room, which include the completion job of a batch.</param>
    /// <param name="chains">What each job waits for; null when none waits for another.</param>
    /// <returns>The answer when the jobs may not be made; null when they may.</returns>
    public Answer? Plan(
        BrokerInput.Enqueue asked,
        IReadOnlyList<NewJob> all,
        DateTimeOffset now,
        out IReadOnlyList<Chain?>? chains
    )
    {
        chains = null;
        if (RefusalOf(asked, all, now) is { } refusal)
        {
            return refusal;
        }

        if (!asked.Jobs.Any(job => job.After is not null))
        {
            return null;
        }

        var plan = new ChainPlan(asked, jobs, dependents, now);
        chains = plan.Chains;
        return plan.Refusal();
    }

    /// <summary>Makes jobs for which there is room.</summary>
    /// <param name="chains">What each job waits for; null when none waits for another.</param>
    public IReadOnlyList<EnqueuedJob> Create(
        IReadOnlyList<NewJob> asked,
        IReadOnlyList<Chain?>? chains,
        Decision decision
    )
    {
        var made = new EnqueuedJob[asked.Count];
        for (var i = 0; i < made.Length; i++)
        {
            made[i] = jobs.Enqueue(asked[i], null, decision, chains?[i]);
        }

        for (var i = 0; i < made.Length && chains is not null; i++)
        {
            made[i] = EndIfChainIsBroken(made[i], decision);
        }

        return made;
    }

    public Answer Cancel(BrokerInput.CancelJob asked, Decision decision)
    {
        if (jobs.Find(asked.Namespace, asked.Id) is not { } slot)
        {
            return NotFound(asked.Id);
        }

        jobs.Cancel(slot, asked.Grace ?? options.CancelGrace, decision);
        return new Answer.JobIs(slot.Job);
    }

    public Answer Retry(BrokerInput.RetryJob asked, Decision decision)
    {
        if (jobs.Find(asked.Namespace, asked.Id) is not { } slot)
        {
            return NotFound(asked.Id);
        }

        if (slot.Job.State == JobState.Running)
        {
            return new Answer.Refused(ErrorCodes.Conflict, "The job is running; there is no wait to end.");
        }

        jobs.Step(slot, new JobEvent.RetryRequested(), decision);
        return new Answer.JobIs(slot.Job);
    }

    public Answer Change(BrokerInput.ChangeJob asked, Decision decision)
    {
        if (jobs.Find(asked.Namespace, asked.Id) is not { } slot)
        {
            return NotFound(asked.Id);
        }

        var changes = asked.Changes;
        if (RefusalOf(changes, slot) is { } refusal)
        {
            return refusal;
        }

        if (changes.Priority is { } priority)
        {
            jobs.Prioritise(slot, slot.Job.Spec with { Priority = priority }, decision);
        }

        // The time that the job has already is no change; params are not compared, since only the store has them.
        if (!changes.Params.IsEmpty || (changes.RunAt is { } runAt && runAt != slot.Job.RunAt))
        {
            jobs.Step(slot, new JobEvent.Changed(changes.RunAt, changes.Params), decision);
        }

        return new Answer.JobIs(slot.Job);
    }

    public Answer Act(BrokerInput.ActOnJobs asked, Decision decision)
    {
        var changed = 0;
        var specs = new Dictionary<JobSpec, JobSpec>(ReferenceEqualityComparer.Instance);
        foreach (var id in asked.Ids)
        {
            if (
                jobs.Find(asked.Namespace, id) is { } slot
                && asked.Matches(slot.Job)
                && TryAct(asked.Act, slot, specs, decision)
            )
            {
                changed++;
            }
        }

        return new Answer.ActedOn(changed);
    }

    private Answer.Refused? RefusalOf(BrokerInput.Enqueue asked, IReadOnlyList<NewJob> all, DateTimeOffset now)
    {
        if (namespaces.RefusalIfClosed(asked.Jobs[0].Namespace) is { } closed)
        {
            return closed;
        }

        if (!jobs.HasRoomFor(all, now))
        {
            return Refusals.NamespaceFull;
        }

        if (asked.IsAtomic && jobs.Deduplication.StrictRefusal(asked.Jobs, now) is { } taken)
        {
            return new Answer.Refused(ErrorCodes.Conflict, taken);
        }

        return jobs.HasDiskFor(all, now) ? null : Refusals.DiskFull;
    }

    private static Answer.Refused? RefusalOf(JobChanges changes, JobSlot slot)
    {
        var job = slot.Job;
        if (changes.IfVersion is { } version && version != job.Version)
        {
            return new Answer.Refused(
                ErrorCodes.Conflict,
                $"Somebody has changed the job meanwhile: it is at version {job.Version}. Read it again."
            );
        }

        if (job.State == JobState.Running)
        {
            return new Answer.Refused(
                ErrorCodes.Conflict,
                changes.IsPriorityAlone
                    ? "The job is running; its priority counts only while it waits."
                    : "The job is running: cancel it, and replay it with other params."
            );
        }

        if (job.AttemptsUsed > 0 && !changes.IsPriorityAlone)
        {
            return new Answer.Refused(
                ErrorCodes.Conflict,
                "An attempt was made with this time and these params: cancel the job, and replay it with other params."
            );
        }

        return changes.Params.IsEmpty ? null : JobTable.RefusalOfParams(slot, changes.Params);
    }

    // A job that is to run after one that has failed already is cancelled at once, so that the answer says so.
    private EnqueuedJob EndIfChainIsBroken(EnqueuedJob enqueued, Decision decision)
    {
        if (!enqueued.IsNew || jobs.Find(enqueued.Id) is not { Job.Chain.BrokenBy: not null } slot)
        {
            return enqueued;
        }

        jobs.Step(slot, new JobEvent.ChainBroken(), decision);
        return enqueued with { Job = slot.Job };
    }

    /// <summary>Acts on one job of many; false when the act changes nothing.</summary>
    /// <param name="specs">
    /// Specs with their new priority, by the old spec: jobs that share a spec go on to share one.
    /// </param>
    private bool TryAct(JobAct act, JobSlot slot, Dictionary<JobSpec, JobSpec> specs, Decision decision)
    {
        switch (act)
        {
            case JobAct.Cancel cancel:
                return jobs.Cancel(slot, cancel.Grace ?? options.CancelGrace, decision);
            case JobAct.Retry:
                return jobs.Step(slot, new JobEvent.RetryRequested(), decision);
            case JobAct.Prioritise to:
                var spec = slot.Job.Spec;
                if (!specs.TryGetValue(spec, out var next))
                {
                    specs[spec] = next = spec with { Priority = to.Priority };
                }

                return jobs.Prioritise(slot, next, decision);
            default:
                throw new InvalidOperationException($"Nobody does {act.GetType().Name}.");
        }
    }

    private static Answer.Refused NotFound(JobId id) => new(ErrorCodes.NotFound, $"There is no unfinished job {id}.");
}
