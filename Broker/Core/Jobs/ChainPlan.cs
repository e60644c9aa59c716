using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// Plans what each job of a set waits for, before any of the jobs is made. An awaited job is in Core's memory, or
/// stands earlier in the set, or has ended as the edge has looked up in the store. No job can wait for one that is made
/// later, so there are no circles.
/// </summary>
internal sealed class ChainPlan(BrokerInput.Enqueue asked, JobTable jobs, Dependents dependents, DateTimeOffset now)
{
    /// <summary>
    /// By the id of each planned job, the job that will answer for it: itself, or the one that has its deduplication
    /// key.
    /// </summary>
    private readonly Dictionary<JobId, JobId> _made = [];
    private readonly Dictionary<string, JobId> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<JobId, int> _dependentCounts = [];
    private readonly HashSet<JobId> _unknown = [];

    /// <summary>A job for which more dependents would wait than may; null while there is none.</summary>
    private JobId? _full;

    /// <summary>
    /// The chain of each job of the set, in the order of the set; null for a job that waits for none, or for which
    /// another job with its deduplication key answers.
    /// </summary>
    public Chain?[] Chains { get; } = new Chain?[asked.Jobs.Count];

    /// <summary>Why the jobs cannot be made; null when they can.</summary>
    public Answer? Refusal()
    {
        for (var i = 0; i < Chains.Length; i++)
        {
            Chains[i] = Plan(asked.Jobs[i]);
        }

        return _unknown.Count > 0 ? new Answer.EndsNeeded([.. _unknown])
            : _full is { } id
                ? new Answer.Refused(
                    ErrorCodes.Conflict,
                    $"{Limits.WaitersMax} jobs wait for job {id}, as many as may."
                )
            : null;
    }

    private Chain? Plan(NewJob job)
    {
        if (job.Spec.DeduplicationKey is { } key)
        {
            if (jobs.Deduplication.Find(job.Namespace, key, now) is { } first || _keys.TryGetValue(key, out first))
            {
                _made[job.Id] = first; // Jobs that are to run after this one wait for the one that answers.
                return null;
            }

            _keys[key] = job.Id;
        }

        var chain = job.After is null ? null : ChainOf(job, job.After);
        _made[job.Id] = job.Id;
        return chain;
    }

    private Chain ChainOf(NewJob job, IReadOnlyList<JobId> after)
    {
        var all = after.Select(id => _made.GetValueOrDefault(id, id)).Distinct().ToList();
        var chain = new Chain(all, job.AfterFailure, all);
        foreach (var id in all)
        {
            if (asked.Ends?.TryGetValue(id, out var end) == true && !IsHeld(id))
            {
                chain = chain.Awaits(id) ? chain.Without(new AwaitedEnd(id, end)) : chain;
            }
            else if (IsHeld(id))
            {
                Count(id);
            }
            else
            {
                _unknown.Add(id);
            }
        }

        return chain;

        bool IsHeld(JobId id) => _made.ContainsKey(id) || jobs.Find(job.Namespace, id) is not null;
    }

    private void Count(JobId awaited)
    {
        _dependentCounts[awaited] = _dependentCounts.GetValueOrDefault(awaited, dependents.CountOf(awaited)) + 1;
        if (_dependentCounts[awaited] > Limits.WaitersMax)
        {
            _full = awaited;
        }
    }
}
