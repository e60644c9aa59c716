using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Batches;

/// <summary>The words and numbers of batches.</summary>
internal static class BatchText
{
    /// <summary>How many jobs of a batch have not ended.</summary>
    public static int Unfinished(BatchView batch) => batch.Counts.Scheduled + batch.Counts.Ready + batch.Counts.Running;

    /// <summary>How many jobs of a batch ended without success.</summary>
    public static int Unsuccessful(BatchView batch) =>
        batch.Counts.Failed + batch.Counts.Cancelled + batch.Counts.Expired;

    /// <summary>Where a batch stands, in one or two words.</summary>
    public static (string Words, Tone Tone) StateOf(BatchView batch) =>
        Unfinished(batch) > 0
            ? (batch.CancelRequestedAt is null ? ("At work", Tone.Run) : ("Being cancelled", Tone.Wait))
        : batch.Counts.Failed + batch.Counts.Expired > 0 ? ("Ended, not all well", Tone.Bad)
        : batch.Counts.Cancelled > 0 ? ("Cancelled", Tone.Idle)
        : ("Succeeded", Tone.Ok);

    /// <summary>The numbers of jobs by state that are not zero.</summary>
    public static IEnumerable<(JobState State, int Count)> CountsOf(BatchView batch) =>
        new[]
        {
            (JobState.Scheduled, batch.Counts.Scheduled),
            (JobState.Ready, batch.Counts.Ready),
            (JobState.Running, batch.Counts.Running),
            (JobState.Succeeded, batch.Counts.Succeeded),
            (JobState.Failed, batch.Counts.Failed),
            (JobState.Cancelled, batch.Counts.Cancelled),
            (JobState.Expired, batch.Counts.Expired),
        }.Where(count => count.Item2 > 0);
}
