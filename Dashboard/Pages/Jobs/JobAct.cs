using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Jobs;

/// <summary>What can be done with jobs of a list, with its words.</summary>
public sealed record JobAct(BulkAction Action, string Verb, string Past, string Loses, bool IsDestructive)
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
        new(
            BulkAction.Priority,
            "Change the priority",
            "with another priority",
            "Of jobs that wait, those with a higher priority go first. Jobs that have started meanwhile keep theirs.",
            IsDestructive: false
        ),
    ];

    /// <summary>Whether the act is possible for a job in a state.</summary>
    public bool Fits(JobState state) =>
        Action switch
        {
            BulkAction.Cancel => !StateText.IsFinal(state),
            BulkAction.Retry => state == JobState.Scheduled,
            BulkAction.Priority => state is JobState.Scheduled or JobState.Ready,
            _ => StateText.IsFinal(state),
        };

    /// <summary>Whether the act may find any job in a list that is limited to a state.</summary>
    public bool FitsList(JobState? state) => state is null ? Action == BulkAction.Cancel : Fits(state.Value);

    /// <summary>The words of a button that acts on so many jobs, or on those that are described.</summary>
    public string On(string jobs) => Action == BulkAction.Priority ? $"{Verb} of {jobs}" : $"{Verb} {jobs}";

    /// <param name="priority">The new priority, for the act that changes it.</param>
    public Task<JobView> DoAsync(
        ScheduleZeroClient client,
        JobId id,
        int priority,
        CancellationToken cancellationToken
    ) =>
        Action switch
        {
            BulkAction.Priority => client.Jobs.PrioritiseAsync(id, priority, cancellationToken),
            BulkAction.Cancel => client.Jobs.CancelAsync(id, cancellationToken),
            BulkAction.Retry => client.Jobs.RetryAsync(id, cancellationToken),
            _ => client.Jobs.ReplayAsync(id, cancellationToken),
        };
}
