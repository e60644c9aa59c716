using System.Collections.Concurrent;
using ScheduleZero.Broker.Core.Jobs;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>
/// Makes equal jobs share one <see cref="JobSpec"/>, and jobs of one namespace share its name. Of a million waiting
/// jobs most differ only in their params.
/// </summary>
internal sealed class SpecCache(int entriesMax = 4096)
{
    private readonly ConcurrentDictionary<JobSpec, JobSpec> _specs = new(JobSpecComparer.Instance);
    private readonly ConcurrentDictionary<string, string> _namespaces = new(StringComparer.Ordinal);
    private int _entries;

    public JobSpec Share(JobSpec spec)
    {
        // Specs with these fields differ from job to job, and would only push others out of the cache.
        if (spec.DeduplicationKey is not null || spec.StartDeadline is not null)
        {
            return spec;
        }

        if (_specs.TryGetValue(spec, out var known))
        {
            return known;
        }

        MakeRoom();
        return _specs.GetOrAdd(spec, spec);
    }

    public string ShareNamespace(string ns)
    {
        if (_namespaces.TryGetValue(ns, out var known))
        {
            return known;
        }

        MakeRoom();
        return _namespaces.GetOrAdd(ns, ns);
    }

    // Starting over is the cheapest way to forget; a few specs are then held twice.
    private void MakeRoom()
    {
        if (Interlocked.Increment(ref _entries) > entriesMax)
        {
            _specs.Clear();
            _namespaces.Clear();
            Interlocked.Exchange(ref _entries, 0);
        }
    }
}
