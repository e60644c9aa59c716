using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Host.Committed;

/// <summary>
/// The unfinished jobs that have logged since the Broker started, each with the place of its newest line. A job that
/// ends leaves: the store finds it by its end. Not thread-safe.
/// </summary>
internal sealed class OpenLogs(int jobsMax)
{
    private readonly Dictionary<string, Dictionary<JobId, OpenLog>> _byNamespace = new(StringComparer.Ordinal);

    /// <summary>How many jobs are held.</summary>
    private int _count;

    public void Observe(Happened happened)
    {
        if (happened.Job is not { } job)
        {
            return;
        }

        if (job.IsFinished)
        {
            if (_byNamespace.TryGetValue(happened.Namespace, out var jobs) && jobs.Remove(job.Id))
            {
                _count--;
            }
        }
        else if (happened.Lines is { Count: > 0 } lines)
        {
            Put(happened.Namespace, new OpenLog(job, lines[^1].Sequence));
        }
    }

    /// <summary>The logs of a namespace that may still grow, in no order.</summary>
    public OpenLog[] Of(string ns) => _byNamespace.TryGetValue(ns, out var jobs) ? [.. jobs.Values] : [];

    public void Forget(string ns)
    {
        if (_byNamespace.Remove(ns, out var jobs))
        {
            _count -= jobs.Count;
        }
    }

    private void Put(string ns, OpenLog log)
    {
        if (!_byNamespace.TryGetValue(ns, out var jobs))
        {
            _byNamespace[ns] = jobs = [];
        }

        if (jobs.ContainsKey(log.Job))
        {
            jobs[log.Job] = log;
        }
        else if (_count < jobsMax)
        {
            jobs[log.Job] = log;
            _count++;
        }
    }
}

/// <summary>The log of an unfinished job.</summary>
/// <param name="Newest">The sequence of its newest line.</param>
/// <param name="Schedule">The schedule that made the job; null when none did.</param>
internal readonly record struct OpenLog(JobId Job, long Newest, string Method, string? Schedule)
{
    public OpenLog(Job job, long newest)
        : this(job.Id, newest, job.Spec.Method, job.Occurrence?.Schedule) { }
}
