using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Indexes;

/// <summary>
/// A sorted set of job ids in chunks. Nearly all ids come at the end, since they sort by the time they were made.
/// </summary>
internal sealed class IdList
{
    private const int ChunkMax = 512;

    private readonly List<List<JobId>> _chunks = [];

    public int Count { get; private set; }

    public void Add(JobId id)
    {
        if (_chunks.Count == 0 || (id > _chunks[^1][^1] && _chunks[^1].Count == ChunkMax))
        {
            _chunks.Add([id]);
            Count++;
            return;
        }

        var number = id > _chunks[^1][^1] ? _chunks.Count - 1 : Math.Max(0, ChunkOf(id));
        var chunk = _chunks[number];
        var at = chunk.BinarySearch(id);
        if (at >= 0)
        {
            return;
        }

        chunk.Insert(~at, id);
        Count++;
        if (chunk.Count > ChunkMax)
        {
            _chunks.Insert(number + 1, chunk.GetRange(ChunkMax / 2, chunk.Count - (ChunkMax / 2)));
            chunk.RemoveRange(ChunkMax / 2, chunk.Count - (ChunkMax / 2));
        }
    }

    public void Remove(JobId id)
    {
        var number = ChunkOf(id);
        if (number < 0 || _chunks[number].BinarySearch(id) is not (>= 0 and var at))
        {
            return;
        }

        _chunks[number].RemoveAt(at);
        Count--;
        if (_chunks[number].Count == 0)
        {
            _chunks.RemoveAt(number);
        }
    }

    /// <summary>Gives the ids newest first, from the given id on, which is included.</summary>
    public IEnumerable<JobId> Descending(JobId from)
    {
        for (var number = ChunkOf(from); number >= 0; number--)
        {
            var chunk = _chunks[number];
            var at = chunk.BinarySearch(from);
            for (at = at >= 0 ? at : ~at - 1; at >= 0; at--)
            {
                yield return chunk[at];
            }
        }
    }

    // The last chunk that begins at or before the id; -1 when all begin behind it.
    private int ChunkOf(JobId id)
    {
        int low = 0,
            high = _chunks.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_chunks[middle][0] <= id)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }
}
