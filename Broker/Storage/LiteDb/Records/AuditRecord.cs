using ScheduleZero.Broker.Core.Audit;

namespace ScheduleZero.Broker.Storage.LiteDb.Records;

/// <summary>Reads and writes a block of the audit log as bytes.</summary>
internal static class AuditRecord
{
    public static void Write(RecordWriter to, AuditBlock block)
    {
        to.Number(block.First);
        to.Number(block.Count);
        to.Instant(block.FirstAt);
        to.Instant(block.LastAt);
        to.Bytes(block.Hash);
        to.Bytes(block.Lines);
    }

    public static AuditBlock Read(ref RecordReader from) =>
        new(
            from.Number(),
            (int)from.Number(),
            from.Instant(),
            from.Instant(),
            from.Bytes().ToArray(),
            from.Bytes().ToArray()
        );
}
