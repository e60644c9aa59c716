using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>Which job answers a deduplication key: while it is unfinished, and until its window is over.</summary>
internal sealed class Deduplication(TimerHeap wall)
{
    private readonly Dictionary<(string Namespace, string Key), Entry> _entries = [];

    public JobId? Find(string ns, string? key, DateTimeOffset now) => FindEntry(ns, key, now)?.Id;

    public Entry? FindEntry(string ns, string? key, DateTimeOffset now) =>
        key is not null && _entries.TryGetValue((ns, key), out var entry) && (!entry.IsFinished || entry.Until > now)
            ? entry
            : null;

    /// <summary>
    /// Why the jobs cannot be made all of them, when one takes no other's job for an answer; null when they can.
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

    /// <summary>The job has finished: its key goes, or stays to the end of the window.</summary>
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

    /// <summary>The unfinished job goes without an end. Nothing of its key is stored yet.</summary>
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

    /// <summary>The namespace goes, and its keys with it.</summary>
    public void Forget(string ns, Decision decision)
    {
        foreach (var entry in _entries.Values.Where(entry => entry.Namespace == ns).ToList())
        {
            TimerHeap.Clear(entry);
            Expire(entry, decision);
        }
    }

    public void Expire(Entry entry, Decision decision)
    {
        if (_entries.TryGetValue((entry.Namespace, entry.Key), out var current) && current == entry)
        {
            _entries.Remove((entry.Namespace, entry.Key));
            decision.Changes.Add(new Change.DeduplicationReleased(entry.Namespace, entry.Key));
        }
    }

    /// <param name="method">Of the job that has the key; null for a key from before it was kept.</param>
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
        /// With <see cref="IsFinished"/>; null while the job itself says it, and for a key from before it was kept.
        /// </summary>
        public KeyHolder? Holder { get; set; }

        /// <summary>
        /// What a job that uses the key again asks for otherwise; null when it asks for the same, or that is not known.
        /// </summary>
        public string? Difference(JobSpec asked) =>
            method is null ? null : KeyHolder.Difference(asked, method, paramsHash);
    }
}
