using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb.Searching;

/// <summary>A search as bounds of entries, lists to be read, and a test of each job.</summary>
internal sealed record SearchPlan
{
    public required TermOrder Order { get; init; }

    public required bool Descending { get; init; }

    /// <summary>The lowest entry that may be found; included, as is <see cref="High"/>.</summary>
    public required Entry Low { get; init; }

    public required Entry High { get; init; }

    public required int Limit { get; init; }

    public required JobBodies Bodies { get; init; }

    /// <summary>The test that a job must pass to be found.</summary>
    public required Func<Job, bool> Matches { get; init; }

    /// <summary>A test of entries, which spares a read of their jobs.</summary>
    public required Func<Entry, bool> Wants { get; init; }

    public required string Namespace { get; init; }

    /// <summary>The terms of which a finished job must have every one.</summary>
    public required IReadOnlyList<(TermKind Kind, string Value)> Terms { get; init; }

    /// <summary>The job after which the jobs run, or ran; null for any.</summary>
    public ScheduleZero.Contracts.Ids.JobId? RunsAfter { get; init; }

    /// <summary>
    /// The final states that are asked for, each with a list of its own; one null where the order knows no states.
    /// Without any, the search asks for no finished jobs.
    /// </summary>
    public required IReadOnlyList<JobState?> States { get; init; }

    /// <summary>
    /// The text that a finished job must hold, in the order of ids; null for any, or a very short one.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>Whether params are asked for; null when any are, and need not be read.</summary>
    public Func<ScheduleZero.Contracts.RawJson, bool>? MatchesParams { get; init; }

    /// <summary>How many lists a search reads.</summary>
    public int ListCount => (Terms.Count * States.Count * Postings.Widths) + (Text is null ? 0 : 1);

    /// <summary>Whether unfinished jobs are asked for too.</summary>
    public required bool HasOpen { get; init; }

    /// <summary>
    /// The bounds, in the order of ids, of the jobs of a window of time, but for shifted ones. Null without such a
    /// window.
    /// </summary>
    public (Entry Low, Entry High)? Near { get; init; }

    /// <summary>The job's place in the order; null when it has none.</summary>
    public Entry? EntryOf(Job job) =>
        Order == TermOrder.ById ? IdEntry.Of(job)
        : job.IsFinished ? EndEntry.Of(job)
        : null;

    public ScheduleZero.Contracts.Ids.JobId JobIdOf(Entry entry) =>
        Order == TermOrder.ById ? IdEntry.JobIdOf(entry) : EndEntry.JobIdOf(entry);

    public bool IsBefore(Entry one, Entry other) => Descending ? one > other : one < other;

    /// <summary>The plan of the rest of the search, behind the entry.</summary>
    public SearchPlan Beyond(Entry? last) =>
        last is not { } entry ? this
        : Descending ? this with { High = Entry.Lower(High, entry.Before) }
        : this with { Low = Entry.Higher(Low, entry.After) };

    /// <summary>Opens a stream of the entries that may be found in the indexes.</summary>
    public EntryStream Open(Documents documents, HistoryIndex index, SearchBudget budget)
    {
        if (Near is not { } near)
        {
            return Open(documents, index, budget, Terms, Low, High);
        }

        var shifted = Open(documents, index, budget, [.. Terms, (TermKind.Shifted, "")], Low, High);
        return new AnyOf(
            [Open(documents, index, budget, Terms, Entry.Higher(Low, near.Low), Entry.Lower(High, near.High)), shifted],
            Descending
        );
    }

    private AllOf Open(
        Documents documents,
        HistoryIndex index,
        SearchBudget budget,
        IReadOnlyList<(TermKind Kind, string Value)> terms,
        Entry low,
        Entry high
    )
    {
        return new AllOf(
            [
                .. terms.Select(term => new AnyOf(
                    [.. States.SelectMany(state => OfTerm(term.Kind, term.Value, state))],
                    Descending
                )),
                .. OfText(),
            ],
            budget,
            Descending
        );

        IEnumerable<TextStream> OfText() =>
            Text is null
                ? []
                : [new TextStream(index.Texts, Namespace, Text, Descending ? high : low, budget, Descending)];

        IEnumerable<PostingStream> OfTerm(TermKind kind, string value, JobState? state)
        {
            var hash = new Term(Order, kind, Namespace, value, state).Hash();
            return Enumerable
                .Range(0, Postings.Widths)
                .Select(width => new PostingStream(
                    documents,
                    index.Cache,
                    Order,
                    hash,
                    width,
                    low,
                    high,
                    Wants,
                    budget,
                    Descending
                ));
        }
    }
}
