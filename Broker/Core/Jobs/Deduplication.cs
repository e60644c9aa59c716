using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// Holds the job that answers each deduplication key, while the job is unfinished and until the key's window is over.
/// </summary>
internal sealed class Deduplication(TimerHeap wall)
{
    private readonly Dictionary<(string Namespace, string Key), Entry> _entries = [];

    /// <summary>The job that has the key; null when none has, or for no key.</summary>
    public JobId? Find(string ns, string? key, DateTimeOffset now) => FindEntry(ns, key, now)?.Id;

    /// <inheritdoc cref="Find"/>
    public Entry? FindEntry(string ns, string? key, DateTimeOffset now) =>
        key is not null && _entries.TryGetValue((ns, key), out var entry) && (!entry.IsFinished || entry.Until > now)
            ? entry
            : null;

    /// <summary>
    /// Why the jobs cannot all be made, because a strict job differs from the job that has its key; null when they can.
    /// </summary>
    public string? StrictRefusal(IReadOnlyList<NewJob> asked, DateTimeOffset now)
    {
        var own = new Dictionary<string, JobSpec>(StringComparer.Ordinal);
        foreach (var job in asked)
        {
            if (job.Spec.DeduplicationKey is not { } key)
            {
                continue;
            }

            var difference =
                FindEntry(job.Namespace, key, now) is { } first ? first.Difference(job.Spec)
                : own.TryAdd(key, job.Spec) ? null
                : KeyHolder.Difference(job.Spec, own[key].Method, own[key].ParamsHash);
            if (job.IsStrict && difference is not null)
            {
                return $"{difference} The key is \"{key}\".";
            }
        }

        return null;
    }

    /// <summary>Gives the job its key, if it has one.</summary>
    public void Hold(Job job)
    {
        if (job.Spec.DeduplicationKey is { } key)
        {
            var until = job.EnqueuedAt + (job.Spec.DeduplicationWindow ?? TimeSpan.Zero);
            _entries[(job.Namespace, key)] = new Entry(
                job.Namespace,
                key,
                job.Id,
                until,
                job.Spec.Method,
                job.Spec.ParamsHash
            );
        }
    }

    /// <summary>Restores the key of a finished job.</summary>
    public void Restore(Change.DeduplicationKept kept, DateTimeOffset now)
    {
        var entry = new Entry(
            kept.Namespace,
            kept.Key,
            kept.Id,
            kept.Until,
            kept.Holder?.Method,
            kept.Holder?.ParamsHash
        )
        {
            IsFinished = true,
            Holder = kept.Holder,
        };
        if (_entries.TryAdd((kept.Namespace, kept.Key), entry))
        {
            wall.Set(entry, Math.Max(kept.Until.UtcTicks, now.UtcTicks));
        }
    }

    /// <summary>Releases the key of a job that has finished, or holds it to the end of the window.</summary>
    public void Finish(Job job, Decision decision)
    {
        if (
            job.Spec.DeduplicationKey is not { } key
            || !_entries.TryGetValue((job.Namespace, key), out var entry)
            || entry.Id != job.Id
        )
        {
            return;
        }

        if (entry.Until <= decision.Now.Wall)
        {
            _entries.Remove((job.Namespace, key));
            return;
        }

        entry.IsFinished = true;
        entry.Holder = KeyHolder.Of(job);
        decision.Changes.Add(new Change.DeduplicationKept(job.Namespace, key, job.Id, entry.Until, entry.Holder));
        wall.Set(entry, entry.Until.UtcTicks);
    }

    /// <summary>Releases the key of a job that is dropped without an end. Nothing of the key is stored yet.</summary>
    public void Drop(Job job)
    {
        if (
            job.Spec.DeduplicationKey is { } key
            && _entries.TryGetValue((job.Namespace, key), out var entry)
            && entry.Id == job.Id
            && !entry.IsFinished
        )
        {
            _entries.Remove((job.Namespace, key));
        }
    }

    /// <summary>Releases all keys of a namespace that is being deleted.</summary>
    public void Forget(string ns, Decision decision)
    {
        foreach (var entry in _entries.Values.Where(entry => entry.Namespace == ns).ToList())
        {
            TimerHeap.Clear(entry);
            Expire(entry, decision);
        }
    }

    /// <summary>Releases a key whose window is over.</summary>
    public void Expire(Entry entry, Decision decision)
    {
        if (_entries.TryGetValue((entry.Namespace, entry.Key), out var current) && current == entry)
        {
            _entries.Remove((entry.Namespace, entry.Key));
            decision.Changes.Add(new Change.DeduplicationReleased(entry.Namespace, entry.Key));
        }
    }

    /// <summary>One key, and the job that has it. Its timer waits for the end of the window.</summary>
    /// <param name="method">The method of that job; null for a key that was stored before methods were.</param>
    /// <param name="paramsHash">As <see cref="JobSpec.ParamsHash"/>.</param>
    internal sealed class Entry(string ns, string key, JobId id, DateTimeOffset until, string? method, long? paramsHash)
        : Timed
    {
        public string Namespace { get; } = ns;

        public string Key { get; } = key;

        public JobId Id { get; } = id;

        public DateTimeOffset Until { get; } = until;

        public bool IsFinished { get; set; }

        /// <summary>
        /// What is remembered of the finished job. Null while the job is unfinished and in memory itself, and for a key
        /// that an earlier version of the Broker has stored.
        /// </summary>
        public KeyHolder? Holder { get; set; }

        /// <summary>
        /// How a job that uses the key again differs from the first, as a sentence; null when both ask for the same, or
        /// when that is not known.
        /// </summary>
        public string? Difference(JobSpec asked) =>
            method is null ? null : KeyHolder.Difference(asked, method, paramsHash);
    }
}
