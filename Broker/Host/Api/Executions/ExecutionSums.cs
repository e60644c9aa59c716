using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Executions;

/// <summary>Sums attempts up, over all and by name.</summary>
/// <param name="nameOf">Null: only over all.</param>
internal sealed class ExecutionSums(Func<ExecutionView, string>? nameOf)
{
    public const string All = "*";

    /// <summary>Names past the bound go here.</summary>
    public const string Rest = "…";

    private const int NamesMax = 2000;

    private readonly Dictionary<string, Sum> _sums = new(StringComparer.Ordinal);
    private readonly Sum _all = new();

    /// <summary>An attempt that its handler rejected never ran, and one that is open has no end: neither counts.</summary>
    public void Add(ExecutionView row)
    {
        if (row.DurationSeconds is not { } seconds || row.Attempt.Outcome is not { } outcome || outcome == AttemptOutcome.Rejected)
        {
            return;
        }

        _all.Add(outcome, seconds);
        if (nameOf is not null)
        {
            SumOf(nameOf(row)).Add(outcome, seconds);
        }
    }

    /// <summary>The sum over all first, then the names in order.</summary>
    public IReadOnlyList<ExecutionStatsRow> Rows() =>
        [_all.Row(All), .. _sums.OrderBy(sum => sum.Key, StringComparer.Ordinal).Select(sum => sum.Value.Row(sum.Key))];

    private Sum SumOf(string name)
    {
        if (!_sums.TryGetValue(name, out var sum))
        {
            name = _sums.Count < NamesMax ? name : Rest;
            if (!_sums.TryGetValue(name, out sum))
            {
                _sums[name] = sum = new Sum();
            }
        }

        return sum;
    }

    private sealed class Sum
    {
        private readonly DurationHistogram _durations = new();
        private long _succeeded;

        public void Add(AttemptOutcome outcome, double seconds)
        {
            _durations.Add(seconds);
            _succeeded += outcome == AttemptOutcome.Succeeded ? 1 : 0;
        }

        public ExecutionStatsRow Row(string name) => new(
            name,
            _durations.Count,
            _succeeded,
            _durations.Count == 0 ? 0 : (double)_succeeded / _durations.Count,
            _durations.MeanSeconds,
            _durations.PercentileSeconds(0.5),
            _durations.PercentileSeconds(0.95),
            _durations.PercentileSeconds(0.99));
    }
}
