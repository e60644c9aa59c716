using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb.Records;
using ScheduleZero.Broker.Storage.LiteDb.Rows;

namespace ScheduleZero.Broker.Storage.LiteDb.Journaling;

/// <summary>
/// Reads and writes one change of the journal as bytes: a length, the number of the kind, and what the kind writes.
/// </summary>
internal static class ChangeRecord
{
    public static void Write(RecordWriter to, Change change)
    {
        var record = to.Begin();
        if (!JobChangeRecord.TryWrite(to, change))
        {
            var kind = StoredKinds.KindOf(change);
            to.Byte(kind.Number);
            kind.Write(to, change);
        }

        to.End(record);
    }

    /// <summary>Reads changes to the end of the bytes.</summary>
    /// <exception cref="InvalidDataException">A later version has written one of the changes.</exception>
    public static List<Change> ReadAll(ReadOnlySpan<byte> bytes)
    {
        var reader = new RecordReader(bytes, interner: null);
        var changes = new List<Change>();
        while (!reader.AtEnd)
        {
            changes.Add(Read(ref reader));
        }

        return changes;
    }

    /// <summary>Reads a change.</summary>
    /// <exception cref="InvalidDataException">A later version has written the change.</exception>
    public static Change Read(ref RecordReader from)
    {
        var record = from.Record();
        var number = record.Byte();
        return JobChangeRecord.TryRead(number, ref record) ?? StoredKinds.KindOf(number).Read(ref record);
    }
}
