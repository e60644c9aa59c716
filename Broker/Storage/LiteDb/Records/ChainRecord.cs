using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb.Records;

/// <summary>The part of a job's record that says which jobs the job runs after.</summary>
internal static class ChainRecord
{
    public static void Write(RecordWriter to, Chain? chain)
    {
        to.Flag(chain is not null);
        if (chain is null)
        {
            return;
        }

        var record = to.Begin();
        WriteIds(to, chain.After);
        to.Byte((byte)chain.OnFailure);
        WriteIds(to, chain.Left);
        to.Id(chain.BrokenBy?.Id);
        to.Byte((byte)(chain.BrokenBy?.State ?? default));
        to.End(record);
    }

    public static Chain? Read(ref RecordReader from)
    {
        if (!from.Flag())
        {
            return null;
        }

        var record = from.Record();
        var chain = new Chain(ReadIds(ref record), (AfterFailure)record.Byte(), ReadIds(ref record));
        return record.OptionalId() is { } doom
            ? chain with
            {
                BrokenBy = new AwaitedEnd(doom, (JobState)record.Byte()),
            }
            : chain;
    }

    private static void WriteIds(RecordWriter to, IReadOnlyList<JobId> ids)
    {
        to.Number(ids.Count);
        foreach (var id in ids)
        {
            to.Id(id.Value);
        }
    }

    private static JobId[] ReadIds(ref RecordReader from)
    {
        var ids = new JobId[(int)Math.Min(from.Number(), from.Rest.Length / 16)];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = new JobId(from.Id());
        }

        return ids;
    }
}
