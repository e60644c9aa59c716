using System.Buffers.Binary;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>What a search asks for, as bounds of keys and a test of each job.</summary>
internal static class JobFilters
{
    // An id carries the millisecond it was made in; a clock set back may part it from the instant in the job by so much.
    private static readonly TimeSpan _clockSlack = TimeSpan.FromHours(1);

    // An occurrence's id carries its nominal instant instead, and that may have been caught up as late as a schedule may ask for; by a backfill later
    // still, so that such a job counts by its nominal instant.
    private static readonly TimeSpan _idLead = Limits.CatchUpWindowMax + _clockSlack;

    private static readonly byte[] _lowest = new byte[16];
    private static readonly byte[] _highest = [.. Enumerable.Repeat((byte)0xFF, 16)];

    /// <exception cref="FormatException">The cursor is none of ours.</exception>
    public static MergedSearch.Plan PlanOf(JobSearch search, int rowsMax)
    {
        var low = search.From is { } from ? IdBound(from - _idLead, _lowest) : _lowest;
        var high = search.To is { } to ? IdBound(to + _clockSlack, _highest) : _highest;
        if (search.Batch is { } batch && MadeAt(batch) is { } made)
        {
            // Its jobs were drafted together with it.
            (low, high) = (Later(low, IdBound(made - _clockSlack, _lowest)), Earlier(high, IdBound(made + _clockSlack, _highest)));
        }

        if (search.Cursor is not null)
        {
            var before = Collections.Before(Collections.FromCursor(search.Cursor, 16)) ?? _lowest;
            high = Earlier(high, before);
        }

        return new MergedSearch.Plan(
            [Collections.Jobs, Collections.History], "_id", Descending: true, low, high, search.Limit, rowsMax,
            job => Collections.Key(job.Id), job => Matches(job, search));
    }

    /// <exception cref="FormatException">The cursor is none of ours.</exception>
    public static MergedSearch.Plan PlanOf(FinishedSearch search, int rowsMax)
    {
        var low = Collections.EndKey(search.From, default);
        if (search.Cursor is not null)
        {
            var after = Collections.After(Collections.FromCursor(search.Cursor, 24)) ?? low;
            low = after.AsSpan().SequenceCompareTo(low) > 0 ? after : low;
        }

        // The window's end is not included: the key before the first that could have it.
        var high = Collections.Before(Collections.EndKey(search.To, default)) ?? _lowest;
        return new MergedSearch.Plan(
            [Collections.History], Collections.EndField, Descending: false, low, high, search.Limit, rowsMax,
            job => job is { IsFinished: true, FinishedAt: { } end } ? Collections.EndKey(end, job.Id) : null,
            job => job.Namespace == search.Namespace
                && (search.Method is null || job.Spec.Method == search.Method)
                && (search.Handler is null || HasHandler(job, search.Handler)));
    }

    private static bool Matches(Job job, JobSearch search) =>
        job.Namespace == search.Namespace
        && (search.State is not { } state || job.StateAt(search.Now) == state)
        && (search.States is not { } states || states.Contains(job.StateAt(search.Now)))
        && search.HasMethod(job.Spec.Method)
        && (search.Handler is null || HasHandler(job, search.Handler))
        && (search.Group is null || job.Spec.Group == search.Group)
        && (search.Tag is null || job.Spec.Tags?.Contains(search.Tag) == true)
        && (search.Schedule is null || job.Occurrence?.Schedule == search.Schedule)
        && (search.Batch is null || job.Batch == search.Batch)
        && (search.From is not { } from || TimeOf(job) >= from)
        && (search.To is not { } to || TimeOf(job) < to)
        && (search.Text is null || HasText(job, search.Text));

    private static DateTimeOffset TimeOf(Job job) => job.Occurrence is { Origin: OccurrenceOrigin.Backfilled, Nominal: var nominal } ? nominal : job.EnqueuedAt;

    // The millisecond in a version 7 id.
    private static DateTimeOffset? MadeAt(BatchId id)
    {
        var milliseconds = BinaryPrimitives.ReadInt64BigEndian(Collections.Key(id.Value)) >> 16;
        return milliseconds is >= 0 and < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
    }

    private static byte[] Earlier(byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b) < 0 ? a : b;

    private static byte[] Later(byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b) > 0 ? a : b;

    private static bool HasHandler(Job job, string handler) =>
        job.Spec.Handler == handler || job.Current?.Handler == handler || job.Ended?.Any(attempt => attempt.Handler == handler) == true;

    private static bool HasText(Job job, string text) =>
        Contains(job.Spec.Method, text)
        || Contains(job.Error?.Message, text)
        || job.Spec.Tags?.Any(tag => Contains(tag, text)) == true
        || Contains(job.Id.ToString(), text);

    private static bool Contains(string? value, string text) => value?.Contains(text, StringComparison.OrdinalIgnoreCase) == true;

    private static byte[] IdBound(DateTimeOffset at, byte[] fill)
    {
        var bound = (byte[])fill.Clone();
        Span<byte> milliseconds = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(milliseconds, Math.Max(0, at.ToUnixTimeMilliseconds()));
        milliseconds[2..].CopyTo(bound);
        return bound;
    }
}
