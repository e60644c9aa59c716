using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Components;
using ScheduleZero.Dashboard.Live;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Home;

/// <summary>The statistics over time that the charts of the first page show.</summary>
internal sealed class ChartReading
{
    private const int MarksMax = 5;

    private readonly string _namespace;
    private readonly ChartSpan _span;

    private ChartReading(string ns, ChartSpan span, DateTimeOffset readAt, ExecutionStats stats, TimeText times)
    {
        (_namespace, _span, ReadAt) = (ns, span, readAt);
        var steps = stats.Series ?? [];
        var all = stats.Items[0];
        (Total, SuccessRate) = (all.Total, all.SuccessRate);
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

    public DateTimeOffset ReadAt { get; }

    public long Total { get; }

    public double SuccessRate { get; }

    public IReadOnlyList<Bar> Bars { get; }

    public IReadOnlyList<Point> Points { get; }

    public IReadOnlyList<string> Marks { get; }

    public string TopWords { get; }

    public string P95Words { get; }

    public static async Task<ChartReading> ReadAsync(
        PageSession session,
        string ns,
        ChartSpan span,
        CancellationToken cancellationToken
    )
    {
        var stats = await session.Client(ns).Executions.StatsAsync(null, span.Window, span.Step, cancellationToken);
        return new ChartReading(ns, span, session.Now, stats, session.Times);
    }

    public bool IsOf(string ns, ChartSpan span) => _namespace == ns && _span == span;

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
