using LiteDB;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>
/// Adds up what the jobs of some namespaces take, from their rows alone: a job knows how long its params, result and
/// log are.
/// </summary>
internal sealed class Measuring(IReadOnlyCollection<string> namespaces)
{
    private readonly Dictionary<string, long> _sums = namespaces.ToDictionary(
        ns => ns,
        _ => 0L,
        StringComparer.Ordinal
    );

    public IReadOnlyDictionary<string, long> Sums => _sums;

    /// <summary>The next rows of a collection. Returns where to go on; null at the end.</summary>
    public byte[]? AddSlice(Documents documents, JobRows rows, string collection, byte[] from, int limit)
    {
        var page = documents.Scan(collection, "_id", from, BsonValue.MaxValue, descending: false, limit);
        foreach (var row in page)
        {
            if (JobRows.TryJobOf(row) is { } job && _sums.TryGetValue(job.Namespace, out var sum))
            {
                // A job that was written before its bytes were counted has them looked up; its log is not among them.
                var beside =
                    job.StoredBytes > 0
                        ? job.StoredBytes
                        : rows.ParamsOf(row).Utf8.Length + rows.ResultOf(row).Utf8.Length;
                _sums[job.Namespace] = sum + row["h"].AsBinary.Length + beside;
            }
        }

        return page.Count < limit ? null : Collections.After(page[^1]["_id"].AsBinary);
    }

    /// <summary>Those that are in no collection yet; of others the row counts.</summary>
    public bool AddWaiting(IEnumerable<JobEntry> entries)
    {
        foreach (var entry in entries)
        {
            if (entry is { MayBeStored: false, Job: { } job } && _sums.TryGetValue(job.Namespace, out var sum))
            {
                _sums[job.Namespace] = sum + Math.Max(entry.Bytes, job.StoredBytes);
            }
        }

        return true;
    }
}
