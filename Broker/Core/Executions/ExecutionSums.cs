using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Executions;

/// <summary>What the executions are grouped by, besides the sum over all of them.</summary>
public enum ExecutionGrouping
{
    None,
    Method,
    Handler,
}

/// <summary>
/// Sums over the attempts of jobs that have ended, by method and by handler. Two kinds of attempts do not count: one
/// that its handler rejected never ran, and one that is open has no end. Sums can be added to each other, and jobs can
/// be subtracted again, without loss.
/// </summary>
public sealed class ExecutionSums
{
    /// <summary>The name of the row that sums over all names.</summary>
    public const string All = "*";

    /// <summary>The name that stands for every name past <see cref="NamesMax"/>.</summary>
    public const string Rest = "…";

    /// <summary>How many names have a sum of their own; all further names share <see cref="Rest"/>.</summary>
    public const int NamesMax = 2000;

    /// <summary>The sum of each method, by its name.</summary>
    public Dictionary<string, ExecutionSum> Methods { get; } = new(StringComparer.Ordinal);

    /// <summary>The sum of each handler, by its name.</summary>
    public Dictionary<string, ExecutionSum> Handlers { get; } = new(StringComparer.Ordinal);

    /// <summary>Finds the sum of a name, or makes an empty one.</summary>
    public static ExecutionSum SumOf(Dictionary<string, ExecutionSum> sums, string name)
    {
        if (!sums.TryGetValue(name, out var sum))
        {
            name = sums.Count < NamesMax ? name : Rest;
            if (!sums.TryGetValue(name, out sum))
            {
                sums[name] = sum = new ExecutionSum();
            }
        }

        return sum;
    }

    /// <summary>Adds the attempts of a job, or subtracts them.</summary>
    /// <param name="count">1 to add the attempts, -1 to subtract them.</param>
    public void Add(Job job, int count)
    {
        foreach (var attempt in job.Ended ?? [])
        {
            if (
                DurationOf(attempt) is { } duration
                && attempt.Outcome is { } outcome
                && outcome != AttemptOutcome.Rejected
            )
            {
                SumOf(Methods, job.Spec.Method).Add(outcome, duration, count);
                SumOf(Handlers, attempt.Handler).Add(outcome, duration, count);
            }
        }
    }

    public void Add(ExecutionSums other)
    {
        Add(Methods, other.Methods);
        Add(Handlers, other.Handlers);
    }

    /// <summary>The rows of the statistics: the sum over all first, then one row for each name, in order.</summary>
    public IReadOnlyList<ExecutionStatsRow> Rows(ExecutionGrouping by)
    {
        var all = new ExecutionSum();
        foreach (var sum in Methods.Values)
        {
            all.Add(sum);
        }

        var named = by switch
        {
            ExecutionGrouping.Method => Methods,
            ExecutionGrouping.Handler => Handlers,
            _ => [],
        };
        return
        [
            all.Row(All),
            .. named
                .Where(sum => sum.Value.Durations.Count > 0)
                .OrderBy(sum => sum.Key, StringComparer.Ordinal)
                .Select(sum => sum.Value.Row(sum.Key)),
        ];
    }

    /// <summary>The row of one method or one handler; a row without attempts where it has none.</summary>
    /// <param name="of">Whether the name is that of a method or of a handler.</param>
    public ExecutionStatsRow RowOf(ExecutionGrouping of, string name)
    {
        var sums = of == ExecutionGrouping.Method ? Methods : Handlers;
        return (sums.GetValueOrDefault(name) ?? new ExecutionSum()).Row(name);
    }

    /// <summary>How long an attempt took; null while it has no end.</summary>
    public static TimeSpan? DurationOf(Attempt attempt) =>
        attempt.FinishedAt is { } end ? Longer(end - (attempt.StartedAt ?? attempt.AssignedAt), TimeSpan.Zero) : null;

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static void Add(Dictionary<string, ExecutionSum> sums, Dictionary<string, ExecutionSum> others)
    {
        foreach (var (name, other) in others)
        {
            SumOf(sums, name).Add(other);
        }
    }
}

/// <summary>The sum over the attempts of one name.</summary>
public sealed class ExecutionSum
{
    public DurationHistogram Durations { get; } = new();

    public long Succeeded { get; private set; }

    public void Add(AttemptOutcome outcome, TimeSpan duration, int count)
    {
        Durations.Add(duration, count);
        Succeeded += outcome == AttemptOutcome.Succeeded ? count : 0;
    }

    public void Add(ExecutionSum other)
    {
        Durations.Add(other.Durations);
        Succeeded += other.Succeeded;
    }

    /// <summary>Adds attempts that are known to have succeeded, without their durations.</summary>
    public void AddSucceeded(long count) => Succeeded += count;

    public ExecutionStatsRow Row(string name) =>
        new(
            name,
            Durations.Count,
            Succeeded,
            Durations.Count == 0 ? 0 : (double)Succeeded / Durations.Count,
            Durations.MeanSeconds,
            Durations.PercentileSeconds(0.5),
            Durations.PercentileSeconds(0.95),
            Durations.PercentileSeconds(0.99)
        );
}
