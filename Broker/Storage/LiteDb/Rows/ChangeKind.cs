using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb.Records;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>
/// One kind of change: its number in the journal, its bytes there, and the rows that it writes once it leaves the
/// journal.
/// </summary>
internal abstract class ChangeKind
{
    /// <summary>
    /// The number of the kind in the journal. Permanent: a number is never used again for something else.
    /// </summary>
    public abstract byte Number { get; }

    /// <summary>The type of the changes, a member of <see cref="Change"/>.</summary>
    public abstract Type Type { get; }

    /// <summary>Writes the change into the journal, behind the number of its kind.</summary>
    public abstract void Write(RecordWriter to, Change change);

    /// <summary>Reads what <see cref="Write"/> has written.</summary>
    public abstract Change Read(ref RecordReader from);

    /// <summary>Writes the rows that the change makes.</summary>
    public abstract void WriteRows(Change change, IRowWriter rows);

    /// <summary>Makes a kind that the journal holds as JSON.</summary>
    /// <param name="bodyOf">The part of the change that is written.</param>
    /// <param name="changeOf">Makes the change from the part that was read.</param>
    public static ChangeKind OfJson<TChange, TBody>(
        byte number,
        Func<TChange, TBody> bodyOf,
        Func<TBody, TChange> changeOf,
        Action<TChange, IRowWriter> writeRows
    )
        where TChange : Change =>
        new ChangeKind<TChange>(
            number,
            (to, change) => to.Bytes(StoredJson.Write(bodyOf(change))),
            (ref from) => changeOf(StoredJson.ReadFromJournal<TBody>(from.Bytes())),
            writeRows
        );

    /// <summary>Makes a kind that the journal holds as JSON of the whole change.</summary>
    public static ChangeKind OfJson<TChange>(byte number, Action<TChange, IRowWriter> writeRows)
        where TChange : Change => OfJson<TChange, TChange>(number, change => change, change => change, writeRows);
}

/// <summary>A kind of change whose form in the journal is given by two functions.</summary>
internal sealed class ChangeKind<TChange>(
    byte number,
    Action<RecordWriter, TChange> write,
    ReadFields<TChange> read,
    Action<TChange, IRowWriter> writeRows
) : ChangeKind
    where TChange : Change
{
    public override byte Number => number;

    public override Type Type => typeof(TChange);

    public override void Write(RecordWriter to, Change change) => write(to, (TChange)change);

    public override Change Read(ref RecordReader from) => read(ref from);

    public override void WriteRows(Change change, IRowWriter rows) => writeRows((TChange)change, rows);
}

/// <summary>Reads fields of a record, in the order in which they were written.</summary>
internal delegate T ReadFields<out T>(ref RecordReader from);
