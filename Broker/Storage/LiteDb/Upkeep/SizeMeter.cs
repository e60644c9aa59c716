using LiteDB;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;

namespace ScheduleZero.Broker.Storage.LiteDb.Upkeep;

/// <summary>
/// Adds up the bytes of the jobs of some namespaces, from their rows alone: a job knows how long its params, result and
/// log are.
/// </summary>
internal sealed class SizeMeter(IReadOnlyCollection<string> namespaces)
{
    private readonly Dictionary<string, long> _sums = namespaces.ToDictionary(
        ns => ns,
        _ => 0L,
        StringComparer.Ordinal
    );

    public IReadOnlyDictionary<string, long> Sums => _sums;

    /// <summary>
    /// Adds the next rows of a collection. Returns the key from which to go on; null at the end.
    /// </summary>
    public byte[]? AddSlice(Documents documents, JobRows rows, string collection, byte[] from, int limit)
    {
        var page = documents.Scan(collection, "_id", from, BsonValue.MaxValue, descending: false, limit);
        foreach (var row in page)
        {
            if (JobRows.TryJobOf(row) is { } job && _sums.TryGetValue(job.Namespace, out var sum))
            {
                // For a job that was written before its bytes were counted, the bodies are measured; its log is not
                // among them.
                var beside =
                    job.StoredBytes > 0
                        ? job.StoredBytes
                        : rows.ParamsOf(row).Utf8.Length + rows.ResultOf(row).Utf8.Length;
                _sums[job.Namespace] = sum + row["h"].AsBinary.Length + beside;
            }
        }

        return page.Count < limit ? null : RowKeys.After(page[^1]["_id"].AsBinary);
    }

    /// <summary>Adds the jobs that are in no collection yet; the other jobs count by their rows.</summary>
    public void AddPending(IEnumerable<PendingJob> entries)
    {
        foreach (var entry in entries)
        {
            if (entry is { MayBeStored: false, Job: { } job } && _sums.TryGetValue(job.Namespace, out var sum))
            {
                _sums[job.Namespace] = sum + Math.Max(entry.Bytes, job.StoredBytes);
            }
        }
    }
}
