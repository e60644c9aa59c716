using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Records;

/// <summary>
/// Reads and writes changes of jobs as bytes. Such changes are nearly all that a busy Broker commits, so they are
/// compact, and are told apart without a look-up.
/// </summary>
internal static class JobChangeRecord
{
    /// <summary>
    /// Writes the number of the change's kind, then the change; false, with nothing written, for another change.
    /// </summary>
    public static bool TryWrite(RecordWriter to, Change change)
    {
        switch (change)
        {
            case Change.JobAdded c:
                to.Byte((byte)JobChangeNumber.Added);
                JobRecord.Write(to, c.Job);
                to.Bytes(c.Params.Utf8.Span);
                return true;
            case Change.JobAssigned c:
                to.Byte((byte)JobChangeNumber.Assigned);
                to.Id(c.Id.Value);
                JobRecord.WriteAttempt(to, c.Attempt);
                to.Number(c.AttemptsUsed);
                return true;
            case Change.JobChanged { Params.IsEmpty: true } c:
                to.Byte((byte)JobChangeNumber.Changed);
                JobRecord.Write(to, c.Job);
                return true;
            case Change.JobChanged c:
                to.Byte((byte)JobChangeNumber.ChangedWithParams);
                JobRecord.Write(to, c.Job);
                to.Bytes(c.Params.Utf8.Span);
                return true;
            case Change.JobFinished c:
                to.Byte((byte)JobChangeNumber.Finished);
                JobRecord.Write(to, c.Job);
                to.Bytes(c.Result.Utf8.Span);
                return true;
            case Change.JobDropped c:
                to.Byte((byte)JobChangeNumber.Dropped);
                to.Id(c.Id.Value);
                return true;
            case Change.AttemptSuperseded c:
                to.Byte((byte)JobChangeNumber.AttemptSuperseded);
                to.Id(c.Id.Value);
                to.Number(c.Token);
                to.Instant(c.At);
                JobRecord.WriteError(to, c.Error);
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// Reads the bytes behind the number of a kind; null for a number that is none of a job's change.
    /// </summary>
    public static Change? TryRead(byte number, ref RecordReader from) =>
        (JobChangeNumber)number switch
        {
            JobChangeNumber.Added => new Change.JobAdded(JobRecord.Read(ref from), Json(ref from)),
            JobChangeNumber.Assigned => new Change.JobAssigned(
                new JobId(from.Id()),
                JobRecord.ReadAttempt(ref from),
                (int)from.Number()
            ),
            JobChangeNumber.Changed => new Change.JobChanged(JobRecord.Read(ref from)),
            JobChangeNumber.ChangedWithParams => new Change.JobChanged(JobRecord.Read(ref from))
            {
                Params = Json(ref from),
            },
            JobChangeNumber.Finished => new Change.JobFinished(JobRecord.Read(ref from), Json(ref from)),
            JobChangeNumber.Dropped => new Change.JobDropped(new JobId(from.Id())),
            JobChangeNumber.AttemptSuperseded => new Change.AttemptSuperseded(
                new JobId(from.Id()),
                (int)from.Number(),
                from.Instant(),
                JobRecord.ReadError(ref from)
            ),
            _ => null,
        };

    private static RawJson Json(ref RecordReader from) => new(from.Bytes().ToArray());
}

/// <summary>
/// The numbers of changes of jobs in the journal. Permanent, and apart from those of <c>ChangeKind.Number</c>.
/// </summary>
internal enum JobChangeNumber : byte
{
    Added = 1,
    Assigned = 2,
    Changed = 3,
    Finished = 4,
    AttemptSuperseded = 5,
    Dropped = 40,
    ChangedWithParams = 41,
}
