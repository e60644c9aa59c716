using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage;

/// <summary>A search for jobs, unfinished ones too. Every filter that is set must hold.</summary>
public sealed record JobSearch
{
    public required string Namespace { get; init; }

    public required int Limit { get; init; }

    public JobBodies Bodies { get; init; }

    public string? Cursor { get; init; }

    /// <summary>
    /// The instant of the search: a Scheduled job whose time has come by then counts as Ready, since nothing is written
    /// when it becomes so.
    /// </summary>
    public required DateTimeOffset Now { get; init; }

    public JobState? State { get; init; }

    /// <summary>
    /// The states of which the job must be in one, in place of <see cref="State"/>; null when that one counts.
    /// </summary>
    public IReadOnlySet<JobState>? States { get; init; }

    public string? Method { get; init; }

    /// <summary>Patterns of which the method must fit one; null for any method.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>Whether the search asks for the method.</summary>
    public bool HasMethod(string method) =>
        (Method is null || Method == method)
        && (Methods is null || Methods.Any(pattern => Names.Matches(pattern, method)));

    /// <summary>The handler that the job asks for, or that of any attempt; null for any.</summary>
    public string? Handler { get; init; }

    public string? Group { get; init; }

    public string? Tag { get; init; }

    public string? Schedule { get; init; }

    /// <summary>
    /// Whether only jobs are asked for that replay another one. Of jobs that ended in a store of an earlier version
    /// none are found.
    /// </summary>
    public bool Replays { get; init; }

    /// <summary>The batch of the jobs; null for any.</summary>
    public BatchId? Batch { get; init; }

    /// <summary>
    /// By how many of the jobs that it ran after a finished job is found, the first ones: each costs the store a
    /// document of the index, as a tag does.
    /// </summary>
    public const int AwaitedIndexedMax = Limits.TagsMax;

    /// <summary>
    /// The job after which the jobs run, or ran; null for any. A finished job is found by the first
    /// <see cref="AwaitedIndexedMax"/> jobs that it ran after.
    /// </summary>
    public JobId? RunsAfter { get; init; }

    /// <summary>
    /// The first instant: jobs that were enqueued at or after it; see <see cref="TimeOf"/>. Null for any.
    /// </summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The end: jobs that were enqueued before this instant; see <see cref="TimeOf"/>. Null for any.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>
    /// A text that stands in the id, method, a tag, or the error's message; case does not count. Null for any.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>
    /// A text that stands in the params; case does not count. Null for any. No index knows the params: each job that
    /// the other filters leave is read for it, so that a page ends after a bounded number of jobs, and of bytes.
    /// </summary>
    public string? Params { get; init; }

    /// <summary>Whether the search asks for a job with these params.</summary>
    public bool HasParams(RawJson parameters) => Params is null || ParamsText.Holds(parameters, Params);

    /// <summary>How many bytes of params one page of a search for a text in params reads, about.</summary>
    public const int ParamsBytesPerPage = 32 << 20;

    /// <summary>
    /// The instant by which a job is searched: that of its enqueue; for a backfilled occurrence, the nominal one.
    /// </summary>
    public static DateTimeOffset TimeOf(Job job) =>
        job.Occurrence is { Origin: OccurrenceOrigin.Backfilled, Nominal: var nominal } ? nominal : job.EnqueuedAt;

    /// <summary>
    /// Whether a test holds for one of the texts of a job, beside its id, in which <see cref="Text"/> is searched.
    /// Searches ask this of each waiting job, so that it allocates nothing.
    /// </summary>
    /// <param name="given">What the test is given beside each text.</param>
    public static bool AnyText<T>(Job job, T given, Func<string, T, bool> test)
    {
        if (test(job.Spec.Method, given) || (job.Error?.Message is { } message && test(message, given)))
        {
            return true;
        }

        var tags = job.Spec.Tags ?? [];
        for (var i = 0; i < tags.Count; i++)
        {
            if (test(tags[i], given))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether there can be ids that hold the text.</summary>
    public static bool MayStandInIds(string text) =>
        text.All(character => char.IsAsciiHexDigit(character) || character == '-');

    public static bool HasText(JobId id, string text) => Contains(id.ToString(), text);

    /// <summary>Whether jobs in this state are asked for.</summary>
    public bool HasState(JobState state) => (State is null || State == state) && States?.Contains(state) != false;

    /// <summary>
    /// Whether the search asks for the job, wherever the job's place in a list is, and whatever its params are.
    /// </summary>
    public bool Fits(Job job) =>
        job.Namespace == Namespace
        && HasState(job.StateAt(Now))
        && HasMethod(job.Spec.Method)
        && (Handler is null || HasHandler(job, Handler))
        && (Group is null || job.Spec.Group == Group)
        && (Tag is null || job.Spec.Tags?.Contains(Tag) == true)
        && (Schedule is null || job.Occurrence?.Schedule == Schedule)
        && (Batch is null || job.Batch == Batch)
        && (!Replays || job.ReplayOf is not null)
        && (RunsAfter is not { } awaited || job.Chain?.After.Contains(awaited) == true)
        && (From is null || TimeOf(job) >= From)
        && (To is null || TimeOf(job) < To)
        && (Text is null || HasText(job, Text));

    private static bool HasHandler(Job job, string handler) =>
        job.Spec.Handler == handler
        || job.Current?.Handler == handler
        || job.Ended?.Any(attempt => attempt.Handler == handler) == true;

    private static bool HasText(Job job, string text) =>
        AnyText(job, text, static (value, text) => Contains(value, text))
        || (MayStandInIds(text) && HasText(job.Id, text));

    private static bool Contains(string value, string text) => value.Contains(text, StringComparison.OrdinalIgnoreCase);
}
