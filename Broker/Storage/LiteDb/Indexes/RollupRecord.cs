using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Storage.LiteDb.Records;

namespace ScheduleZero.Broker.Storage.LiteDb.Indexes;

/// <summary>Reads and writes sums over executions as bytes.</summary>
internal static class RollupRecord
{
    public static byte[] Write(ExecutionSums sums)
    {
        var to = new RecordWriter();
        var record = to.Begin();
        Write(to, sums.Methods);
        Write(to, sums.Handlers);
        to.End(record);
        return to.Written.ToArray();
    }

    /// <summary>Adds what the bytes hold to the sums.</summary>
    public static void AddTo(ExecutionSums sums, ReadOnlySpan<byte> bytes)
    {
        var record = new RecordReader(bytes, interner: null).Record();
        AddTo(sums.Methods, ref record);
        AddTo(sums.Handlers, ref record);
    }

    private static void Write(RecordWriter to, Dictionary<string, ExecutionSum> sums)
    {
        to.Number(sums.Count);
        foreach (var (name, sum) in sums)
        {
            to.Text(name);
            to.Number(sum.Succeeded);
            to.Number(sum.Durations.Ticks);
            var buckets = sum.Durations.Buckets.ToList();
            to.Number(buckets.Count);
            foreach (var (bucket, count) in buckets)
            {
                to.Number(bucket);
                to.Number(count);
            }
        }
    }

    private static void AddTo(Dictionary<string, ExecutionSum> sums, ref RecordReader from)
    {
        for (var names = from.Number(); names > 0; names--)
        {
            var sum = ExecutionSums.SumOf(sums, from.RequiredText());
            sum.AddSucceeded(from.Number());
            var ticks = from.Number();
            for (var buckets = from.Number(); buckets > 0; buckets--)
            {
                // The sum of all durations goes with the first bucket.
                sum.Durations.AddBucket((int)from.Number(), from.Number(), ticks);
                ticks = 0;
            }
        }
    }
}
