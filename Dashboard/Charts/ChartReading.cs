using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Components;
using ScheduleZero.Dashboard.Live;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Charts;

/// <summary>
/// The statistics over time that charts show: of a whole namespace, of one method, or of one handler.
/// </summary>
public sealed class ChartReading
{
    private const int MarksMax = 5;

    /// <summary>How often charts are read: their buckets are minutes, so more would show nothing new.</summary>
    private static readonly TimeSpan ReadInterval = TimeSpan.FromSeconds(15);

    private readonly ChartSubject _subject;
    private readonly ChartSpan _span;
    private readonly DateTimeOffset _readAt;

    private ChartReading(
        ChartSubject subject,
        ChartSpan span,
        DateTimeOffset readAt,
        ExecutionStats stats,
        TimeText times
    )
    {
        (_subject, _span, _readAt) = (subject, span, readAt);
        var steps = stats.Series ?? [];
        var all = stats.Items[0];
        (Total, Succeeded, SuccessRate) = (all.Total, all.Succeeded, all.SuccessRate);
        Bars = [.. steps.Select(step => BarOf(step, times))];
        Points = [.. steps.Select(step => PointOf(step, times))];
        var top = steps.Select(step => step.P95Seconds).DefaultIfEmpty().Max();
        TopWords = TimeText.Duration(TimeSpan.FromSeconds(top));
        P95Words = Total == 0 ? "" : $"{TimeText.Duration(TimeSpan.FromSeconds(all.P95Seconds))} over all";
        var every = Math.Max(1, (steps.Count - 1) / (MarksMax - 1));
        Marks =
        [
            .. steps
                .Where((_, i) => i % every == 0)
                .Select(step => times.Axis(step.From, withDay: span.Window > TimeSpan.FromDays(1))),
        ];
    }

    public long Total { get; }

    public long Succeeded { get; }

    public double SuccessRate { get; }

    public IReadOnlyList<Bar> Bars { get; }

    public IReadOnlyList<Point> Points { get; }

    public IReadOnlyList<string> Marks { get; }

    public string TopWords { get; }

    public string P95Words { get; }

    /// <summary>
    /// Reads the statistics, unless those that were read before are still good; null where the user may not read them.
    /// </summary>
    /// <param name="before">The reading before this one; null for none.</param>
    /// <param name="subject">What the charts are of.</param>
    internal static async Task<ChartReading?> ReadAsync(
        ChartReading? before,
        PageSession session,
        ChartSubject subject,
        ChartSpan span,
        CancellationToken cancellationToken
    )
    {
        if (!session.May("executions:read", subject.Namespace))
        {
            return null;
        }

        if (before is not null && before.IsOf(subject, span) && session.Now - before._readAt <= ReadInterval)
        {
            return before;
        }

        var executions = session.Client(subject.Namespace).Executions;
        var stats = subject is { Method: null, Handler: null }
            ? await executions.StatsAsync(null, span.Window, span.Step, cancellationToken)
            : await executions.StatsOfAsync(subject.Method, subject.Handler, span.Window, span.Step, cancellationToken);
        return new ChartReading(subject, span, session.Now, stats, session.Times);
    }

    private bool IsOf(ChartSubject subject, ChartSpan span) => _subject == subject && _span == span;

    private static Bar BarOf(ExecutionStatsStep step, TimeText times) =>
        new(
            step.Succeeded,
            step.Total - step.Succeeded,
            $"{times.Short(step.From)}: {NumberText.Of(step.Total, "attempt", "attempts")}, "
                + $"{NumberText.Whole(step.Total - step.Succeeded)} did not succeed"
        );

    private static Point PointOf(ExecutionStatsStep step, TimeText times) =>
        step.Total == 0
            ? new Point(null, "")
            : new Point(
                step.P95Seconds,
                $"{times.Short(step.From)}: {TimeText.Duration(TimeSpan.FromSeconds(step.P95Seconds))}"
            );
}
