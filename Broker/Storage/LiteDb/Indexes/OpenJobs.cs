using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Indexes;

/// <summary>
/// The unfinished jobs by the terms that they are searched by, in memory, as of the newest commit. Mostly these are the
/// very objects that Core holds. Belongs to the storage thread.
/// </summary>
internal sealed class OpenJobs
{
    private readonly Dictionary<JobId, Job> _jobs = [];
    private readonly Dictionary<(string Namespace, TermKind Kind, string Value), IdList> _lists = [];

    /// <summary>The unfinished jobs by the jobs that they run after, whether these have ended or not.</summary>
    private readonly Dictionary<JobId, IdList> _dependents = [];

    public OpenJobs(IEnumerable<Job> jobs)
    {
        foreach (var job in jobs)
        {
            Put(job);
        }
    }

    public int Count => _jobs.Count;

    public Job? Find(JobId id) => _jobs.GetValueOrDefault(id);

    public void Apply(IReadOnlyList<Change> changes)
    {
        foreach (var change in changes)
        {
            Apply(change);
        }
    }

    /// <summary>
    /// The shortest list that holds every job with all of these terms; null when there is no such job.
    /// </summary>
    /// <param name="runsAfter">The job that the jobs run after; null for any. Its list is taken to be the shortest,
    /// and may hold jobs of other terms.</param>
    public IdList? Shortest(string ns, IReadOnlyList<(TermKind Kind, string Value)> terms, JobId? runsAfter = null)
    {
        if (runsAfter is { } awaited)
        {
            return _dependents.GetValueOrDefault(awaited);
        }

        IdList? shortest = null;
        foreach (var (kind, value) in terms)
        {
            if (!_lists.TryGetValue((ns, kind, value), out var list))
            {
                return null;
            }

            shortest = shortest is null || list.Count < shortest.Count ? list : shortest;
        }

        return shortest;
    }

    private void Apply(Change change)
    {
        switch (change)
        {
            case Change.JobAdded c:
                Put(c.Job);
                break;
            case Change.JobChanged c:
                Put(c.Job);
                break;
            case Change.JobAssigned c when _jobs.TryGetValue(c.Id, out var job):
                Put(c.ApplyTo(job));
                break;
            case Change.AttemptSuperseded c when _jobs.TryGetValue(c.Id, out var job):
                Put(c.ApplyTo(job));
                break;
            case Change.JobFinished c:
                Remove(c.Job.Id);
                break;
            case Change.JobDropped c:
                Remove(c.Id);
                break;
            default:
                // Jobs are not searched by this change.
                break;
        }
    }

    private void Put(Job job)
    {
        if (_jobs.TryGetValue(job.Id, out var old))
        {
            if (ReferenceEquals(old.Spec, job.Spec))
            {
                // Only a new attempt adds to what the job is searched by.
                _jobs[job.Id] = job;
                if (job.Current is { Handler: var handler } && handler != old.Current?.Handler)
                {
                    ListOf(job.Namespace, TermKind.Handler, handler).Add(job.Id);
                }

                return;
            }

            Remove(job.Id);
        }

        _jobs[job.Id] = job;
        foreach (var (kind, value) in Term.OfAny(job))
        {
            ListOf(job.Namespace, kind, value).Add(job.Id);
        }

        foreach (var awaited in job.Chain?.After ?? [])
        {
            if (!_dependents.TryGetValue(awaited, out var list))
            {
                _dependents[awaited] = list = new IdList();
            }

            list.Add(job.Id);
        }
    }

    private IdList ListOf(string ns, TermKind kind, string value)
    {
        if (!_lists.TryGetValue((ns, kind, value), out var list))
        {
            _lists[(ns, kind, value)] = list = new IdList();
        }

        return list;
    }

    private void Remove(JobId id)
    {
        if (!_jobs.Remove(id, out var job))
        {
            return;
        }

        foreach (var (kind, value) in Term.OfAny(job))
        {
            Remove(_lists, (job.Namespace, kind, value), id);
        }

        foreach (var awaited in job.Chain?.After ?? [])
        {
            Remove(_dependents, awaited, id);
        }
    }

    private static void Remove<T>(Dictionary<T, IdList> lists, T key, JobId id)
        where T : notnull
    {
        if (lists.TryGetValue(key, out var list))
        {
            list.Remove(id);
            if (list.Count == 0)
            {
                lists.Remove(key);
            }
        }
    }
}
