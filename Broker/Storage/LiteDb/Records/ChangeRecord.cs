using System.Text.Json;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Records;

/// <summary>
/// One change of the journal to and from bytes. The frequent ones are compact; the rare ones hold JSON.
/// </summary>
internal static class ChangeRecord
{
    // Kept on disk: numbers are never used again for something else.
    private enum Kind : byte
    {
        JobAdded = 1,
        JobAssigned = 2,
        JobChanged = 3,
        JobFinished = 4,
        AttemptSuperseded = 5,
        LogAppended = 6,
        DeduplicationKept = 7,
        DeduplicationReleased = 8,
        ScheduleSaved = 9,
        ScheduleDeleted = 10,
        OccurrenceMissed = 11,
        HandlerSaved = 12,
        HandlerDeleted = 13,
        KeySaved = 14,
        AuditAppended = 15,
        AccessSaved = 16,
        AccessDeleted = 17,
        RateKept = 18,
        RateForgotten = 19,
        ScheduleVersioned = 20,
        CalendarSaved = 21,
        CalendarDeleted = 22,
        OccurrenceMade = 23,
        BatchSaved = 30,
        JobDropped = 40,
    }

    public static void Write(RecordWriter to, Change change)
    {
        var record = to.Begin();
        switch (change)
        {
            case Change.JobAdded c:
                to.Byte((byte)Kind.JobAdded);
                JobRecord.Write(to, c.Job);
                to.Bytes(c.Params.Utf8.Span);
                break;
            case Change.JobAssigned c:
                to.Byte((byte)Kind.JobAssigned);
                to.Id(c.Id.Value);
                JobRecord.WriteAttempt(to, c.Attempt);
                to.Number(c.AttemptsUsed);
                break;
            case Change.JobChanged c:
                to.Byte((byte)Kind.JobChanged);
                JobRecord.Write(to, c.Job);
                break;
            case Change.JobFinished c:
                to.Byte((byte)Kind.JobFinished);
                JobRecord.Write(to, c.Job);
                to.Bytes(c.Result.Utf8.Span);
                break;
            case Change.JobDropped c:
                to.Byte((byte)Kind.JobDropped);
                to.Id(c.Id.Value);
                break;
            case Change.AttemptSuperseded c:
                to.Byte((byte)Kind.AttemptSuperseded);
                to.Id(c.Id.Value);
                to.Number(c.Token);
                to.Instant(c.At);
                JobRecord.WriteError(to, c.Error);
                break;
            case Change.LogAppended c:
                to.Byte((byte)Kind.LogAppended);
                to.Id(c.Id.Value);
                WriteLines(to, c.Lines);
                break;
            case Change.AuditAppended c:
                to.Byte((byte)Kind.AuditAppended);
                WriteBlock(to, c.Block);
                break;
            default:
                WriteRare(to, change);
                break;
        }

        to.End(record);
    }

    public static Change Read(ref RecordReader from)
    {
        var record = from.Record();
        var kind = (Kind)record.Byte();
        return kind switch
        {
            Kind.JobAdded => new Change.JobAdded(JobRecord.Read(ref record), Json(ref record)),
            Kind.JobAssigned => new Change.JobAssigned(
                new JobId(record.Id()),
                JobRecord.ReadAttempt(ref record),
                (int)record.Number()
            ),
            Kind.JobChanged => new Change.JobChanged(JobRecord.Read(ref record)),
            Kind.JobFinished => new Change.JobFinished(JobRecord.Read(ref record), Json(ref record)),
            Kind.JobDropped => new Change.JobDropped(new JobId(record.Id())),
            Kind.AttemptSuperseded => new Change.AttemptSuperseded(
                new JobId(record.Id()),
                (int)record.Number(),
                record.Instant(),
                JobRecord.ReadError(ref record)
            ),
            Kind.LogAppended => new Change.LogAppended(new JobId(record.Id()), ReadLines(ref record)),
            Kind.AuditAppended => new Change.AuditAppended(ReadBlock(ref record)),
            _ => ReadRare(kind, ref record),
        };
    }

    public static void WriteLines(RecordWriter to, IReadOnlyList<LogEntry> lines)
    {
        to.Number(lines.Count);
        foreach (var line in lines)
        {
            to.Number(line.Sequence);
            to.Number(line.Token);
            to.Instant(line.At);
            to.Text(line.Level);
            to.Text(line.Message);
        }
    }

    public static List<LogEntry> ReadLines(ref RecordReader record)
    {
        var count = record.Number();
        var lines = new List<LogEntry>((int)Math.Min(count, 1024));
        for (var i = 0; i < count; i++)
        {
            lines.Add(
                new LogEntry(
                    record.Number(),
                    (int)record.Number(),
                    record.Instant(),
                    record.RequiredText(),
                    record.RequiredText()
                )
            );
        }

        return lines;
    }

    private static void WriteBlock(RecordWriter to, AuditBlock block)
    {
        to.Number(block.First);
        to.Number(block.Count);
        to.Instant(block.FirstAt);
        to.Instant(block.LastAt);
        to.Bytes(block.Hash);
        to.Bytes(block.Lines);
    }

    private static AuditBlock ReadBlock(ref RecordReader record) =>
        new(
            record.Number(),
            (int)record.Number(),
            record.Instant(),
            record.Instant(),
            record.Bytes().ToArray(),
            record.Bytes().ToArray()
        );

    public static byte[] ToJson<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, JsonConventions.Options);

    public static T FromJson<T>(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<T>(json, JsonConventions.Options)
        ?? throw new InvalidDataException("A record is null.");

    private static void WriteRare(RecordWriter to, Change change)
    {
        var (kind, json) = change switch
        {
            Change.DeduplicationKept c => (Kind.DeduplicationKept, ToJson(c)),
            Change.DeduplicationReleased c => (Kind.DeduplicationReleased, ToJson(c)),
            Change.ScheduleSaved c => (Kind.ScheduleSaved, ToJson(c.Schedule)),
            Change.ScheduleVersioned c => (Kind.ScheduleVersioned, ToJson(c.Schedule)),
            Change.ScheduleDeleted c => (Kind.ScheduleDeleted, ToJson(c)),
            Change.OccurrenceMissed c => (Kind.OccurrenceMissed, ToJson(c)),
            Change.OccurrenceMade c => (Kind.OccurrenceMade, ToJson(c)),
            Change.CalendarSaved c => (Kind.CalendarSaved, ToJson(c.Calendar)),
            Change.CalendarDeleted c => (Kind.CalendarDeleted, ToJson(c)),
            Change.HandlerSaved c => (Kind.HandlerSaved, ToJson(c.Handler)),
            Change.HandlerDeleted c => (Kind.HandlerDeleted, ToJson(c)),
            Change.KeySaved c => (Kind.KeySaved, ToJson(c.Key)),
            Change.AccessSaved c => (Kind.AccessSaved, AccessRows.Write(c.Record)),
            Change.AccessDeleted c => (Kind.AccessDeleted, ToJson(c)),
            Change.RateKept c => (Kind.RateKept, ToJson(c.Rate)),
            Change.RateForgotten c => (Kind.RateForgotten, ToJson(c.Of)),
            Change.BatchSaved c => (Kind.BatchSaved, ToJson(c.Batch)),
            _ => throw new ArgumentOutOfRangeException(
                nameof(change),
                change.GetType().Name,
                "A kind of change that the store does not know."
            ),
        };
        to.Byte((byte)kind);
        to.Bytes(json);
    }

    private static Change ReadRare(Kind kind, ref RecordReader record)
    {
        var json = record.Bytes();
        return kind switch
        {
            Kind.DeduplicationKept => FromJson<Change.DeduplicationKept>(json),
            Kind.DeduplicationReleased => FromJson<Change.DeduplicationReleased>(json),
            Kind.ScheduleSaved => new Change.ScheduleSaved(FromJson<Schedule>(json)),
            Kind.ScheduleVersioned => new Change.ScheduleVersioned(FromJson<Schedule>(json)),
            Kind.ScheduleDeleted => FromJson<Change.ScheduleDeleted>(json),
            Kind.OccurrenceMissed => FromJson<Change.OccurrenceMissed>(json),
            Kind.OccurrenceMade => FromJson<Change.OccurrenceMade>(json),
            Kind.CalendarSaved => new Change.CalendarSaved(FromJson<CalendarRecord>(json)),
            Kind.CalendarDeleted => FromJson<Change.CalendarDeleted>(json),
            Kind.HandlerSaved => new Change.HandlerSaved(FromJson<HandlerRecord>(json)),
            Kind.HandlerDeleted => FromJson<Change.HandlerDeleted>(json),
            Kind.KeySaved => new Change.KeySaved(FromJson<KeyRecord>(json)),
            Kind.AccessSaved => new Change.AccessSaved(AccessRows.Read(json)),
            Kind.AccessDeleted => FromJson<Change.AccessDeleted>(json),
            Kind.RateKept => new Change.RateKept(FromJson<RateRecord>(json)),
            Kind.BatchSaved => new Change.BatchSaved(FromJson<Batch>(json)),
            Kind.RateForgotten => new Change.RateForgotten(FromJson<RateName>(json)),
            _ => throw new InvalidDataException(
                $"The journal holds a change of kind {(byte)kind}, which this version does not know."
            ),
        };
    }

    private static RawJson Json(ref RecordReader record) => new(record.Bytes().ToArray());
}
