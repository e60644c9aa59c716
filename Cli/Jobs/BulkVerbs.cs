using System.CommandLine;
using System.Text.Json;
using ScheduleZero.Cli.Output;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Jobs;

/// <summary>Verbs that act on one job, or on all jobs that match; and those that show and stop bulk acts.</summary>
internal static class BulkVerbs
{
    /// <summary>How long the Broker may hold its answer between two lines of progress.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How often in a row a Broker is asked again that cannot be reached, or does not know the act;
    /// <see cref="PollInterval"/> apart.
    /// </summary>
    private const int TriesMax = 30;

    private static readonly IReadOnlyList<Column<BulkActView>> Columns =
    [
        new("ID", act => act.Id.ToString()),
        new("ACTION", act => PlainText.Word(act.Action)),
        new("STATE", act => PlainText.Word(act.State)),
        new("DONE", act => $"{act.Done} of {act.Matched}"),
        new("CHANGED", act => $"{act.Changed}"),
        new("STARTED AT", act => PlainText.Instant(act.StartedAt)),
        new("BY", act => act.RequestedBy),
    ];

    public static Verb Cancel(Shell shell) =>
        Act(
            shell,
            "cancel",
            "Cancel a job, or all that match; a running one gets its grace to stop",
            BulkAction.Cancel,
            (jobs, id, _, token) => jobs.CancelAsync(id, token)
        );

    public static Verb Retry(Shell shell) =>
        Act(
            shell,
            "retry",
            "Try a waiting job, or all that match, again now, without a backoff",
            BulkAction.Retry,
            (jobs, id, _, token) => jobs.RetryAsync(id, token)
        );

    public static Verb Replay(Shell shell) =>
        Act(
            shell,
            "replay",
            "Submit a failed job, or all that match, anew; prints the new job",
            BulkAction.Replay,
            (jobs, id, _, token) => jobs.ReplayAsync(id, token)
        );

    public static Verb Priority(Shell shell) =>
        Act(
            shell,
            "priority",
            "Move a job that waits, or all that match, before or behind others",
            BulkAction.Priority,
            (jobs, id, priority, token) => jobs.PrioritiseAsync(id, priority!.Value, token)
        );

    public static Verb List(Shell shell) =>
        CommonVerbs.Ask(
            shell,
            new Verb(
                "bulk-list",
                "List acts on all jobs that match, since the Broker started",
                "schedulezero jobs bulk-list"
            ),
            (call, token) => call.Client.Jobs.ListBulkAsync(token),
            (call, acts) => call.Printer.Rows(new Page<BulkActView>(acts), RestJson.Default.PageBulkActView, Columns)
        );

    public static Verb Show(Shell shell) =>
        OnAct(
            shell,
            "bulk-status",
            "Show how far an act on all jobs that match has come",
            (jobs, id, token) => jobs.GetBulkAsync(id, default, token)
        );

    public static Verb Stop(Shell shell) =>
        OnAct(
            shell,
            "bulk-stop",
            "Stop an act on all jobs that match; what it has done stays",
            (jobs, id, token) => jobs.StopBulkAsync(id, token)
        );

    private static Verb OnAct(
        Shell shell,
        string name,
        string description,
        Func<JobsClient, Guid, CancellationToken, Task<BulkActView>> ask
    )
    {
        var id = new Argument<Guid>("ID") { Description = "The act's id" };
        return CommonVerbs.Ask(
            shell,
            new Verb(name, description, $"schedulezero jobs {name} 0198c1a2-7f00-7abc-8def-0123456789ab") { id },
            (call, token) => ask(call.Client.Jobs, call.Value(id), token),
            Print
        );
    }

    private static Verb Act(
        Shell shell,
        string name,
        string description,
        BulkAction action,
        Func<JobsClient, JobId, int?, CancellationToken, Task<JobView>> actOnOne
    )
    {
        var options = new BulkOptions(shell.Terminal.Time, action);
        var priority = action == BulkAction.Priority ? " --priority 10" : "";
        var verb = new Verb(
            name,
            description,
            $"schedulezero jobs {name} 0198c1a2-7f00-7abc-8def-0123456789ab{priority}",
            $"schedulezero jobs {name} --method reports.render --tag monthly{priority} --dry-run",
            $"schedulezero jobs {name} --method reports.render --tag monthly{priority} --yes"
        );
        options.AddTo(verb);
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var request = options.Read(call);
                if (options.ReadJob(call) is { } id)
                {
                    JobsVerbs.Print(call, await actOnOne(call.Client.Jobs, id, request.Priority, cancellationToken));
                    return ExitCodes.Ok;
                }

                options.RequireConsent(call, name);
                return await ActOnAllAsync(call, request, cancellationToken);
            }
        );
        return verb;
    }

    private static async Task<int> ActOnAllAsync(Call call, BulkActRequest request, CancellationToken cancellationToken)
    {
        var named = request with { Id = Guid.CreateVersion7(call.Terminal.Time.GetUtcNow()) };
        var view = await FollowAsync(call, named, cancellationToken);
        Print(call, view);
        return view.State == BulkActState.Finished ? ExitCodes.Ok : ExitCodes.Failed;
    }

    /// <summary>
    /// Begins the act, and stays until it has ended. A Broker that restarts meanwhile is asked again: the act's id
    /// keeps the Broker from acting twice.
    /// </summary>
    private static async Task<BulkActView> FollowAsync(
        Call call,
        BulkActRequest request,
        CancellationToken cancellationToken
    )
    {
        var jobs = call.Client.Jobs;
        var view = await jobs.BeginBulkAsync(request, cancellationToken);
        NoteHowToStop(call, view);
        for (var tries = 0; view.EndedAt is null; )
        {
            try
            {
                view = await jobs.GetBulkAsync(view.Id, PollInterval, cancellationToken);
                tries = 0;
                NoteProgress(call, view);
            }
            catch (ScheduleZeroException e) when (e.Code == ErrorCodes.NotFound && tries++ < TriesMax)
            {
                call.Printer.Note("The Broker has restarted, and knows the act no more: it is asked again.");
                view = await jobs.BeginBulkAsync(RestOf(request, view), cancellationToken);
            }
            catch (ScheduleZeroException e) when (e.Code == ErrorCodes.Unavailable && tries++ < TriesMax)
            {
                await Task.Delay(PollInterval, call.Terminal.Time, cancellationToken);
            }
        }

        return view;
    }

    /// <summary>The same act, without jobs that were enqueued after the act began as the Broker last said.</summary>
    private static BulkActRequest RestOf(BulkActRequest request, BulkActView begun)
    {
        var to = request.Filter.To < begun.StartedAt ? request.Filter.To : begun.StartedAt;
        return request with { Filter = request.Filter with { To = to } };
    }

    private static void NoteHowToStop(Call call, BulkActView view)
    {
        if (view.EndedAt is null)
        {
            call.Printer.Note(
                $"bulk act {view.Id} goes on even if this command is ended; schedulezero jobs bulk-stop "
                    + $"{view.Id} stops it"
            );
        }
    }

    private static void NoteProgress(Call call, BulkActView view)
    {
        if (view.EndedAt is null)
        {
            call.Printer.Note(
                view.State == BulkActState.Finding ? $"{view.Matched} jobs found" : $"{view.Done} of {view.Matched}"
            );
        }
    }

    private static void Print(Call call, BulkActView act) =>
        call.Printer.Answer(
            act,
            RestJson.Default.BulkActView,
            shown =>
                [
                    ("id", shown.Id.ToString()),
                    ("action", PlainText.Word(shown.Action)),
                    ("priority", shown.Priority?.ToString()),
                    ("filter", JsonSerializer.Serialize(shown.Filter, RestJson.Default.BulkFilter)),
                    ("state", shown.DryRun ? "dry run: nothing was changed" : PlainText.Word(shown.State)),
                    ("matched", $"{shown.Matched}"),
                    ("done", shown.DryRun ? null : $"{shown.Done}"),
                    ("changed", shown.DryRun ? null : $"{shown.Changed}"),
                    ("detail", shown.Detail),
                    ("started", $"{PlainText.Instant(shown.StartedAt)} by {shown.RequestedBy}"),
                    ("ended", PlainText.Instant(shown.EndedAt)),
                    ("stopped by", shown.StoppedBy),
                ]
        );
}
