using System.Buffers.Binary;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb.Searching;

/// <summary>Makes plans of searches.</summary>
internal static class SearchPlans
{
    // The time by which the instant in a batch's id may differ from those in its jobs' ids. The ids are drafted
    // together; a clock set back may part them by so much.
    private static readonly TimeSpan _clockSlack = TimeSpan.FromHours(1);

    // The time by which the instant in an occurrence's id may lie before its enqueue. The id carries the nominal
    // instant, which may have been caught up as late as a schedule may ask for; by a backfill later still, so that such
    // a job counts by its nominal instant.
    private static readonly TimeSpan _idLead = Limits.CatchUpWindowMax + _clockSlack;

    /// <summary>Makes the plan of a search for jobs.</summary>
    /// <exception cref="FormatException">The cursor was not made here.</exception>
    public static SearchPlan Of(JobSearch search)
    {
        var (low, high) = BoundsOf(search);
        var (first, end) = (search.From?.UtcTicks ?? 0, search.To?.UtcTicks ?? long.MaxValue);
        return new SearchPlan
        {
            Order = TermOrder.ById,
            Descending = true,
            Low = low,
            High = high,
            Limit = search.Limit,
            Bodies = search.Bodies,
            Namespace = search.Namespace,
            Terms = TermsOf(search),
            States = [.. Term.FinalStates.Where(state => search.HasState(state)).Select(state => (JobState?)state)],
            HasOpen =
                search.HasState(JobState.Scheduled)
                || search.HasState(JobState.Ready)
                || search.HasState(JobState.Running),
            RunsAfter = search.RunsAfter,
            Near = search.From is null && search.To is null ? null : NearOf(search),
            Wants = entry => (long)entry.Low >= first && (long)entry.Low < end,
            Matches = search.Fits,
            MatchesParams = search.Params is null ? null : search.HasParams,
            Text = search.Text?.Length >= TextFilter.GramLength ? search.Text : null,
        };
    }

    /// <summary>Makes the plan of a search for executions.</summary>
    /// <exception cref="FormatException">The cursor was not made here.</exception>
    public static SearchPlan Of(FinishedSearch search)
    {
        var low = EndEntry.Of(search.From, default);
        var high = EndEntry.Of(search.To, default).Before;
        if (search.Cursor is not null)
        {
            var last = Entry.Read(Cursors.Read(search.Cursor, Entry.Bytes));
            (low, high) = search.NewestFirst
                ? (low, Entry.Lower(high, last.Before))
                : (Entry.Higher(low, last.After), high);
        }

        return new SearchPlan
        {
            Order = TermOrder.ByEnd,
            Descending = search.NewestFirst,
            Low = low,
            High = high,
            Limit = search.Limit,
            Bodies = search.Bodies,
            Namespace = search.Namespace,
            Terms = TermsOf(search),
            States = [null],
            HasOpen = false,
            Wants = _ => true,
            Matches = job => Matches(job, search),
        };
    }

    private static (Entry Low, Entry High) BoundsOf(JobSearch search)
    {
        var low = search.From is { } from ? IdEntry.Bound(from - _idLead) : Entry.Lowest;
        var high = search.To is { } to ? IdEntry.Bound(to + _clockSlack) : Entry.Highest;
        if (search.Batch is { } batch && MadeAt(batch.Value) is { } made)
        {
            (low, high) = (
                Entry.Higher(low, IdEntry.Bound(made - _clockSlack)),
                Entry.Lower(high, IdEntry.Bound(made + _clockSlack))
            );
        }

        if (search.RunsAfter is { Value.Version: 7 } awaited && MadeAt(awaited.Value) is { } begun)
        {
            // A job can name only jobs that are there already, or that were drafted with it.
            low = Entry.Higher(low, IdEntry.Bound(begun - _clockSlack));
        }

        if (search.Cursor is not null)
        {
            high = Entry.Lower(high, Entry.Read([.. Cursors.Read(search.Cursor, 16), .. new byte[8]]).Before);
        }

        if (JobId.TryParse(search.Text, out var id))
        {
            // A text that is a whole id stands in one job alone.
            (low, high) = (Entry.Higher(low, IdEntry.Of(id, 0)), Entry.Lower(high, IdEntry.Of(id, -1)));
        }

        return (low, high);
    }

    private static List<(TermKind Kind, string Value)> TermsOf(JobSearch search)
    {
        var terms = new List<(TermKind, string)>();
        Add(terms, TermKind.Method, search.Method);
        Add(terms, TermKind.Handler, search.Handler);
        Add(terms, TermKind.Group, search.Group);
        Add(terms, TermKind.Tag, search.Tag);
        Add(terms, TermKind.Schedule, search.Schedule);
        Add(terms, TermKind.Batch, search.Batch?.Value.ToString("N"));
        Add(terms, TermKind.Replay, search.Replays ? "" : null);
        Add(terms, TermKind.After, search.RunsAfter is { } awaited ? Term.ValueOf(awaited) : null);
        return terms.Count > 0 ? terms : [(TermKind.All, "")];
    }

    private static List<(TermKind Kind, string Value)> TermsOf(FinishedSearch search)
    {
        var terms = new List<(TermKind, string)>();
        Add(terms, TermKind.Method, search.Method);
        Add(terms, TermKind.Handler, search.Handler);
        Add(terms, TermKind.Schedule, search.Schedule);
        Add(terms, TermKind.Outcome, search.Outcomes is { Count: 1 } only ? only.First().ToString() : null);
        return terms.Count > 0 ? terms : [(TermKind.All, "")];
    }

    private static void Add(List<(TermKind, string)> terms, TermKind kind, string? value)
    {
        if (value is not null)
        {
            terms.Add((kind, value));
        }
    }

    private static (Entry Low, Entry High) NearOf(JobSearch search) =>
        (
            search.From is { } from ? IdEntry.Bound(from - IdEntry.Slack) : Entry.Lowest,
            search.To is { } to ? IdEntry.Bound(to + IdEntry.Slack) : Entry.Highest
        );

    // Whether the job fits. One and the same attempt must have the handler and the outcome.
    private static bool Matches(Job job, FinishedSearch search) =>
        job.Namespace == search.Namespace
        && (search.Method is null || job.Spec.Method == search.Method)
        && (search.Schedule is null || job.Occurrence?.Schedule == search.Schedule)
        && ((search.Handler is null && search.Outcomes is null) || job.Ended?.Any(search.HasAttempt) == true);

    // The instant in a version 7 id, in milliseconds.
    private static DateTimeOffset? MadeAt(Guid id)
    {
        var milliseconds = BinaryPrimitives.ReadInt64BigEndian(RowKeys.Of(id)) >> 16;
        return milliseconds is >= 0 and < 253_402_300_800_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;
    }
}
