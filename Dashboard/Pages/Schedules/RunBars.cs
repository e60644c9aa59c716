using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Components;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Schedules;

/// <summary>Makes bars of the jobs of a schedule: how long each took, and whether it succeeded.</summary>
internal static class RunBars
{
    /// <summary>One bar for each job that has ended, the oldest first. Their unit is the millisecond.</summary>
    /// <param name="jobs">The newest first, as REST lists them.</param>
    public static IReadOnlyList<Bar> Of(IReadOnlyList<JobView> jobs, TimeText times) =>
        [.. jobs.Reverse().Where(job => job.FinishedAt is not null).Select(job => BarOf(job, times))];

    /// <summary>How long the longest took; empty when there is no bar.</summary>
    public static string TopWords(IReadOnlyList<Bar> bars) =>
        bars.Count == 0 ? "" : TimeText.Duration(TimeSpan.FromMilliseconds(bars.Max(bar => bar.Good + bar.Bad)));

    private static Bar BarOf(JobView job, TimeText times)
    {
        // A job that never started took no time, and is still to be seen.
        var took = job.StartedAt is { } start ? job.FinishedAt!.Value - start : TimeSpan.Zero;
        var length = Math.Max(1, (long)took.TotalMilliseconds);
        var hasSucceeded = job.State == JobState.Succeeded;
        return new Bar(
            hasSucceeded ? length : 0,
            hasSucceeded ? 0 : length,
            $"{times.Short(job.FinishedAt!.Value)}: {StateText.Of(job.State).ToLowerInvariant()} after "
                + TimeText.Duration(took)
        );
    }
}
