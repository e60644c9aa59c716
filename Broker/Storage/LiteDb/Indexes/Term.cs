using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb.Indexes;

/// <summary>The kinds of statement that a term makes about a job. The numbers stand on disk.</summary>
internal enum TermKind : byte
{
    /// <summary>The job is of the namespace.</summary>
    All = 0,
    Method = 1,
    Handler = 2,
    Group = 3,
    Tag = 4,
    Schedule = 5,
    Batch = 6,

    /// <summary>The job's id carries an instant that is not near that of its enqueue.</summary>
    Shifted = 7,

    /// <summary>An attempt of the job ended with the outcome.</summary>
    Outcome = 8,

    /// <summary>The job ran after the job whose id is the value. Only finished jobs have the term.</summary>
    After = 9,

    /// <summary>The job replays another one.</summary>
    Replay = 10,
}

/// <summary>The orders in which an index holds the jobs of a term. The numbers stand on disk.</summary>
internal enum TermOrder : byte
{
    ById = 0,
    ByEnd = 1,
}

/// <summary>One thing that jobs are searched by, always within a namespace.</summary>
/// <param name="State">The final state of the jobs; null for any state, as in the order of ends.</param>
internal readonly record struct Term(TermOrder Order, TermKind Kind, string Namespace, string Value, JobState? State)
{
    /// <summary>The length of <see cref="Hash"/> in bytes.</summary>
    public const int HashBytes = 16;

    /// <summary>The final states, of which each has a list of its own in the order of ids.</summary>
    public static IReadOnlyList<JobState> FinalStates { get; } =
    [JobState.Succeeded, JobState.Failed, JobState.Cancelled, JobState.Expired];

    /// <summary>Every term of a finished job.</summary>
    public static IEnumerable<Term> OfFinished(Job job)
    {
        var (ns, state) = (job.Namespace, (JobState?)job.State);
        foreach (var (kind, value) in OfAny(job))
        {
            yield return new Term(TermOrder.ById, kind, ns, value, state);
        }

        foreach (var awaited in (job.Chain?.After ?? []).Take(JobSearch.AwaitedIndexedMax))
        {
            yield return new Term(TermOrder.ById, TermKind.After, ns, ValueOf(awaited), state);
        }

        if (IdEntry.IsShifted(job))
        {
            yield return new Term(TermOrder.ById, TermKind.Shifted, ns, "", state);
        }

        yield return new Term(TermOrder.ByEnd, TermKind.All, ns, "", null);
        yield return new Term(TermOrder.ByEnd, TermKind.Method, ns, job.Spec.Method, null);
        if (job.Occurrence is { } occurrence)
        {
            yield return new Term(TermOrder.ByEnd, TermKind.Schedule, ns, occurrence.Schedule, null);
        }

        foreach (var handler in AttemptHandlers(job))
        {
            yield return new Term(TermOrder.ByEnd, TermKind.Handler, ns, handler, null);
        }

        foreach (var outcome in Outcomes(job))
        {
            yield return new Term(TermOrder.ByEnd, TermKind.Outcome, ns, outcome.ToString(), null);
        }
    }

    /// <summary>The value of a term that names a job.</summary>
    public static string ValueOf(JobId id) => id.Value.ToString("N");

    /// <summary>Every term that any job is searched by, finished or not.</summary>
    public static IEnumerable<(TermKind Kind, string Value)> OfAny(Job job)
    {
        yield return (TermKind.All, "");
        yield return (TermKind.Method, job.Spec.Method);
        foreach (var handler in Handlers(job))
        {
            yield return (TermKind.Handler, handler);
        }

        if (job.Spec.Group is { } group)
        {
            yield return (TermKind.Group, group);
        }

        foreach (var tag in (job.Spec.Tags ?? []).Distinct(StringComparer.Ordinal))
        {
            yield return (TermKind.Tag, tag);
        }

        if (job.Occurrence is { } occurrence)
        {
            yield return (TermKind.Schedule, occurrence.Schedule);
        }

        if (job.Batch is { } batch)
        {
            yield return (TermKind.Batch, batch.Value.ToString("N"));
        }

        if (job.ReplayOf is not null)
        {
            yield return (TermKind.Replay, "");
        }
    }

    /// <summary>
    /// The term's name on disk. Equal terms have equal hashes; a search tests each job that it finds, so a chance
    /// collision costs only time.
    /// </summary>
    public byte[] Hash()
    {
        // The length of the namespace parts it from the value, whatever characters stand in either.
        var space = Encoding.UTF8.GetByteCount(Namespace);
        var bytes = new byte[7 + space + Encoding.UTF8.GetByteCount(Value)];
        bytes[0] = (byte)Order;
        bytes[1] = (byte)Kind;
        bytes[2] = State is { } state ? (byte)((byte)state + 1) : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(3), space);
        Encoding.UTF8.GetBytes(Namespace, bytes.AsSpan(7));
        Encoding.UTF8.GetBytes(Value, bytes.AsSpan(7 + space));
        return SHA256.HashData(bytes)[..HashBytes];
    }

    private static IEnumerable<AttemptOutcome> Outcomes(Job job) =>
        job.Ended is [var one]
            ? one.Outcome is { } only
                ? [only]
                : []
            : (job.Ended ?? []).Select(attempt => attempt.Outcome).OfType<AttemptOutcome>().Distinct();

    private static IEnumerable<string> Handlers(Job job)
    {
        var ran = AttemptHandlers(job);
        return job.Spec.Handler is { } asked ? ran.Prepend(asked).Distinct(StringComparer.Ordinal) : ran;
    }

    private static IEnumerable<string> AttemptHandlers(Job job)
    {
        // Nearly all jobs have one attempt, or none.
        if (job is { Current: null, Ended: null or { Count: <= 1 } })
        {
            return job.Ended is [var one] ? [one.Handler] : [];
        }

        if (job is { Current: { } only, Ended: null or { Count: 0 } })
        {
            return [only.Handler];
        }

        var ended = (job.Ended ?? []).Select(attempt => attempt.Handler);
        return (job.Current is { } current ? ended.Append(current.Handler) : ended).Distinct(StringComparer.Ordinal);
    }
}
