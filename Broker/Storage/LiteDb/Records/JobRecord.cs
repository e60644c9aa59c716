using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb.Records;

/// <summary>
/// Reads and writes a job as bytes, all but its params and result. New fields go to the end of their record.
/// </summary>
internal static class JobRecord
{
    public static void Write(RecordWriter to, Job job)
    {
        var record = to.Begin();
        to.Id(job.Id.Value);
        to.Text(job.Namespace);
        WriteSpec(to, job.Spec);
        to.Byte((byte)job.State);
        to.Instant(job.RunAt);
        to.Instant(job.EnqueuedAt);
        to.Text(job.CreatedBy);
        WriteOccurrence(to, job.Occurrence);
        to.Id(job.ReplayOf);
        to.Number(job.Token);
        to.Number(job.AttemptsUsed);
        to.Flag(job.Current is not null);
        if (job.Current is not null)
        {
            WriteAttempt(to, job.Current);
        }

        to.Number(job.Ended?.Count ?? -1);
        for (var i = 0; i < job.Ended?.Count; i++)
        {
            WriteAttempt(to, job.Ended[i]);
        }

        WriteError(to, job.Error);
        to.Instant(job.FinishedAt);
        ChainRecord.Write(to, job.Chain);
        BatchParts.Write(to, job);
        to.Number(job.StoredBytes);
        if (job.Version != 0)
        {
            // Nearly all jobs are never changed. A later field would have to stand behind a 0.
            to.Number(job.Version);
        }

        to.End(record);
    }

    public static Job Read(ReadOnlySpan<byte> bytes, Interner? interner)
    {
        var reader = new RecordReader(bytes, interner);
        return Read(ref reader);
    }

    public static Job Read(ref RecordReader from)
    {
        var record = from.Record();
        var job = new Job
        {
            Id = new JobId(record.Id()),
            Namespace = record.RequiredText(),
            Spec = ReadSpec(ref record),
            State = (JobState)record.Byte(),
            RunAt = record.Instant(),
            EnqueuedAt = record.Instant(),
            CreatedBy = record.RequiredText(),
            Occurrence = ReadOccurrence(ref record),
            ReplayOf = record.OptionalId(),
            Token = (int)record.Number(),
            AttemptsUsed = (int)record.Number(),
            Current = record.Flag() ? ReadAttempt(ref record) : null,
            Ended = ReadEnded(ref record),
            Error = ReadError(ref record),
            FinishedAt = record.OptionalInstant(),
            Chain = ChainRecord.Read(ref record),
        };
        return BatchParts.Read(ref record, job) with { StoredBytes = record.Number(), Version = (int)record.Number() };
    }

    public static void WriteAttempt(RecordWriter to, Attempt attempt)
    {
        var record = to.Begin();
        to.Number(attempt.Token);
        to.Number(attempt.Number);
        to.Text(attempt.Handler);
        to.Text(attempt.Instance);
        to.Text(attempt.Session);
        to.Text(attempt.Bridge);
        to.Instant(attempt.AssignedAt);
        to.Instant(attempt.StartedAt);
        to.Instant(attempt.CancelRequestedAt);
        to.Instant(attempt.FinishedAt);
        to.Number(attempt.Outcome is { } outcome ? (int)outcome : -1);
        WriteError(to, attempt.Error);
        to.End(record);
    }

    public static Attempt ReadAttempt(ref RecordReader from)
    {
        var record = from.Record();
        return new Attempt
        {
            Token = (int)record.Number(),
            Number = (int)record.Number(),
            Handler = record.RequiredText(),
            Instance = record.RequiredText(),
            Session = record.RequiredText(),
            Bridge = record.Text(),
            AssignedAt = record.Instant(),
            StartedAt = record.OptionalInstant(),
            CancelRequestedAt = record.OptionalInstant(),
            FinishedAt = record.OptionalInstant(),
            Outcome = record.Number(missing: -1) is >= 0 and var outcome ? (AttemptOutcome)outcome : null,
            Error = ReadError(ref record),
        };
    }

    public static void WriteError(RecordWriter to, AttemptError? error)
    {
        to.Flag(error is not null);
        if (error is null)
        {
            return;
        }

        var record = to.Begin();
        to.Text(error.Type);
        to.Text(error.Message);
        to.Text(error.StackTrace);
        to.Flag(error.Retryable);
        to.Bytes(error.Details.Utf8.Span);
        to.Number(error.RetryAfter?.Ticks ?? -1);
        to.End(record);
    }

    public static AttemptError? ReadError(ref RecordReader from)
    {
        if (!from.Flag())
        {
            return null;
        }

        var record = from.Record();
        return new AttemptError
        {
            Type = record.RequiredText(),
            Message = record.RequiredText(),
            StackTrace = record.Text(),
            Retryable = record.Flag(),
            Details = new RawJson(record.Bytes().ToArray()),
            RetryAfter = record.Number(missing: -1) is >= 0 and var ticks ? new TimeSpan(ticks) : null,
        };
    }

    private static void WriteSpec(RecordWriter to, JobSpec spec)
    {
        var record = to.Begin();
        to.Text(spec.Method);
        to.Text(spec.Handler);
        to.Text(spec.Group);
        to.Number(spec.Priority);
        to.Instant(spec.StartDeadline);
        to.Duration(spec.Timeout);
        to.Number(spec.Retry.MaxAttempts);
        to.Byte((byte)spec.Retry.Backoff);
        to.Duration(spec.Retry.FirstDelay);
        to.Duration(spec.Retry.MaxDelay);
        to.Fraction(spec.Retry.Jitter);
        to.Text(spec.DeduplicationKey);
        to.Number(spec.DeduplicationWindow?.Ticks ?? -1);
        to.Text(spec.ConcurrencyKey);
        to.Number(spec.ConcurrencyLimit);
        to.Texts(spec.Tags);
        to.Text(spec.RateLimit?.Key);
        if (spec.RateLimit is { } rate)
        {
            to.Number(rate.Limit);
            to.Duration(rate.Period);
        }

        to.Text(spec.Store);
        to.Number(spec.ParamsHash ?? 0);
        to.End(record);
    }

    private static JobSpec ReadSpec(ref RecordReader from)
    {
        var record = from.Record();
        var bytes = record.Rest;
        if (from.Interner is not null && from.Interner.TryFind(bytes, out var shared))
        {
            return shared;
        }

        var spec = new JobSpec
        {
            Method = record.RequiredText(),
            Handler = record.Text(),
            Group = record.Text(),
            Priority = (int)record.Number(),
            StartDeadline = record.OptionalInstant(),
            Timeout = record.Duration(),
            Retry = ReadRetry(ref record),
            DeduplicationKey = record.Text(),
            DeduplicationWindow = record.Number(missing: -1) is >= 0 and var ticks ? new TimeSpan(ticks) : null,
            ConcurrencyKey = record.Text(),
            ConcurrencyLimit = (int)record.Number(missing: 1),
            Tags = record.Texts(),
            RateLimit = record.Text() is { } rate ? new RateLimit(rate, (int)record.Number(), record.Duration()) : null,
            Store = record.Text(),
            ParamsHash = record.Number(missing: 0) is var hash and not 0 ? hash : null,
        };
        from.Interner?.Add(bytes, spec);
        return spec;
    }

    private static RetryPolicy ReadRetry(ref RecordReader record)
    {
        var retry = new RetryPolicy(
            (int)record.Number(),
            (BackoffKind)record.Byte(),
            record.Duration(),
            record.Duration(),
            record.Fraction()
        );
        return retry == RetryPolicy.Default ? RetryPolicy.Default : retry;
    }

    private static void WriteOccurrence(RecordWriter to, Occurrence? occurrence)
    {
        to.Flag(occurrence is not null);
        if (occurrence is null)
        {
            return;
        }

        var record = to.Begin();
        to.Id(occurrence.ScheduleId.Value);
        to.Text(occurrence.Schedule);
        to.Number(occurrence.Version);
        to.Instant(occurrence.Nominal);
        to.Number((int)occurrence.Origin);
        to.Instant(occurrence.Effective);
        to.End(record);
    }

    private static Occurrence? ReadOccurrence(ref RecordReader from)
    {
        if (!from.Flag())
        {
            return null;
        }

        var record = from.Record();
        return new Occurrence(
            new ScheduleId(record.Id()),
            record.RequiredText(),
            (int)record.Number(),
            record.Instant(),
            (OccurrenceOrigin)record.Number(),
            record.OptionalInstant()
        );
    }

    private static List<Attempt>? ReadEnded(ref RecordReader record)
    {
        var count = record.Number(missing: -1);
        if (count < 0)
        {
            return null;
        }

        var ended = new List<Attempt>((int)Math.Min(count, 1024));
        for (var i = 0; i < count; i++)
        {
            ended.Add(ReadAttempt(ref record));
        }

        return ended;
    }
}
