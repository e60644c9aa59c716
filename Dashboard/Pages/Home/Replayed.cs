using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Home;

/// <summary>
/// Tells which failed jobs nobody needs to look at any more: those whose replay has succeeded or goes on, and those
/// whose replay failed and was replayed so.
/// </summary>
internal static class Replayed
{
    /// <summary>The failed jobs that still need somebody.</summary>
    /// <param name="replays">The replays that are known, each of which names the job that it replays.</param>
    public static IReadOnlyList<JobView> Without(IReadOnlyList<JobView> failed, IReadOnlyList<JobView> replays)
    {
        var settled = new HashSet<JobId>();
        // A replay is newer than what it replays, so that its own replays were looked at before it.
        foreach (var replay in replays.OrderByDescending(replay => replay.EnqueuedAt))
        {
            if (
                replay is { ReplayOf: { } replayed }
                && (
                    replay.State == JobState.Succeeded
                    || !StateText.IsFinal(replay.State)
                    || settled.Contains(replay.Id)
                )
            )
            {
                settled.Add(replayed);
            }
        }

        return [.. failed.Where(job => !settled.Contains(job.Id))];
    }
}
