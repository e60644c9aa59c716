using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.OneJob;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The newest lines of a log.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class LogWindowTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void The_oldest_lines_leave_and_the_window_says_so()
    {
        var window = new LogWindow(3);
        window.Begin([Line(1), Line(2)], hasOlder: false);
        Assert.That(window.HasOlder, Is.False);
        window.Add([Line(3), Line(4)]);
        Assert.Multiple(() =>
        {
            Assert.That(window.Lines.Select(line => line.Sequence), Is.EqualTo(new[] { 2, 3, 4 }));
            Assert.That((window.First, window.Last, window.HasOlder), Is.EqualTo((2L, 4L, true)));
        });
    }

    [Test]
    public void A_line_that_comes_twice_is_shown_once()
    {
        var window = new LogWindow(3);
        window.Begin([Line(1), Line(2)], hasOlder: true);
        window.Add([Line(1), Line(2), Line(3)]);
        Assert.That(window.Lines.Select(line => line.Sequence), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public void An_empty_window_has_no_ends()
    {
        var window = new LogWindow(3);
        window.Add([Line(1)]);
        window.Clear();
        Assert.That((window.First, window.Last, window.HasOlder), Is.EqualTo(((long?)null, (long?)null, false)));
    }

    private static LogLine Line(long sequence) => new(sequence, 1, Noon, LogLevels.Information, $"line {sequence}");
}
