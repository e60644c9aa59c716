using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Jobs;

/// <summary>What can be done with jobs of a list, with its words.</summary>
internal sealed record JobAct(BulkAction Action, string Verb, string Past, string Loses, bool IsDestructive)
{
    public static IReadOnlyList<JobAct> All { get; } =
    [
        new(
            BulkAction.Cancel,
            "Cancel",
            "cancelled",
            "They do not run any more, and jobs that wait for them are cancelled too. An attempt that runs is asked to "
                + "stop, and fenced off after 10 s.",
            IsDestructive: true
        ),
        new(
            BulkAction.Retry,
            "Retry now",
            "to run now",
            "They end their wait, and run as soon as a handler has room.",
            IsDestructive: false
        ),
        new(
            BulkAction.Replay,
            "Replay",
            "replayed",
            "Each is enqueued once more, as a new job with the same params.",
            IsDestructive: false
        ),
    ];

    /// <summary>Whether the act is possible for a job in a state.</summary>
    public bool Fits(JobState state) =>
        Action switch
        {
            BulkAction.Cancel => !StateText.IsFinal(state),
            BulkAction.Retry => state == JobState.Scheduled,
            _ => StateText.IsFinal(state),
        };

    /// <summary>Whether the act may find any job in a list that is limited to a state.</summary>
    public bool FitsList(JobState? state) => state is null ? Action == BulkAction.Cancel : Fits(state.Value);

    public Task<JobView> DoAsync(ScheduleZeroClient client, JobId id, CancellationToken cancellationToken) =>
        Action switch
        {
            BulkAction.Cancel => client.Jobs.CancelAsync(id, cancellationToken),
            BulkAction.Retry => client.Jobs.RetryAsync(id, cancellationToken),
            _ => client.Jobs.ReplayAsync(id, cancellationToken),
        };
}
