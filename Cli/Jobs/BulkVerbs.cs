using System.CommandLine;
using System.Text.Json;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Jobs;

/// <summary>Verbs that act on one job, or on all that match.</summary>
internal static class BulkVerbs
{
    /// <summary>How long the Broker may hold its answer between two lines of progress.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    /// <summary>How often a Broker that cannot be reached is asked again, <see cref="LookEvery"/> apart.</summary>
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

    public static Verb List(Shell shell)
    {
        var verb = new Verb(
            "bulk-list",
            "List acts on all jobs that match, since the Broker started",
            "schedulezero jobs bulk-list"
        );
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var acts = await call.Client.Jobs.ListBulkAsync(cancellationToken);
                if (call.Printer.IsJson)
                {
                    call.Printer.Json(new Page<BulkActView>(acts), RestJson.Default.PageBulkActView);
                    return ExitCodes.Ok;
                }

                call.Printer.Table(
                    [.. Columns.Select(column => column.Header)],
                    acts.Select(act => Columns.Select(column => column.Cell(act)).ToArray())
                );
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

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
        var verb = new Verb(name, description, $"schedulezero jobs {name} 0198c1a2-7f00-7abc-8def-0123456789ab") { id };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                Print(call, await ask(call.Client.Jobs, call.Value(id), cancellationToken));
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Act(
        Shell shell,
        string name,
        string description,
        BulkAction action,
        Func<JobsClient, JobId, int?, CancellationToken, Task<JobView>> one
    )
    {
        var id = JobsVerbs.IdArgument();
        id.Arity = ArgumentArity.ZeroOrOne;
        var filter = new JobFilterOptions(shell.Terminal.Time);
        var all = new Option<bool>("--all") { Description = "All jobs of the namespace that this is possible for" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only count the jobs that match" };
        var yes = new Option<bool>("--yes") { Description = "Act on every job that matches" };
        var priority = Values.Number<int>("--priority", "−100 to 100, higher first");
        var extra = action == BulkAction.Priority ? " --priority 10" : "";
        var verb = new Verb(
            name,
            description,
            $"schedulezero jobs {name} 0198c1a2-7f00-7abc-8def-0123456789ab{extra}",
            $"schedulezero jobs {name} --method reports.render --tag monthly{extra} --dry-run",
            $"schedulezero jobs {name} --method reports.render --tag monthly{extra} --yes"
        )
        {
            id,
        };
        filter.AddTo(verb);
        verb.Add(all);
        verb.Add(dryRun);
        verb.Add(yes);
        if (action == BulkAction.Priority)
        {
            verb.Add(priority);
        }

        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var to = action == BulkAction.Priority ? RequirePriority(call, priority) : (int?)null;
                var which = filter.Read(call);
                var isFiltered = which != new BulkFilter() || call.Value(all);
                if (call.Parsed.GetResult(id)?.Tokens.Count > 0)
                {
                    RequireOne(isFiltered || call.Value(dryRun) || call.Value(yes));
                    JobsVerbs.Print(
                        call,
                        await one(call.Client.Jobs, JobsVerbs.ReadId(call, id), to, cancellationToken)
                    );
                    return ExitCodes.Ok;
                }

                RequireConsent(name, isFiltered, call.Value(dryRun), call.Value(yes));
                var request = new BulkActRequest
                {
                    Action = action,
                    Filter = which,
                    Priority = to,
                    DryRun = call.Value(dryRun),
                };
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

    private static int RequirePriority(Call call, Option<int?> priority) =>
        call.Value(priority) ?? throw new UsageException("--priority is needed: −100 to 100, higher first.");

    private static void RequireOne(bool isForMany)
    {
        if (isForMany)
        {
            throw new UsageException("A job's id, or options that say which jobs are meant: not both.");
        }
    }

    private static void RequireConsent(string verb, bool isFiltered, bool isDryRun, bool isAgreed)
    {
        if (!isFiltered)
        {
            throw new UsageException(
                "Which jobs? Name one by its id, or say which with --state, --method and so on (schedulezero "
                    + $"jobs {verb} --help), or --all."
            );
        }

        if (!isDryRun && !isAgreed)
        {
            throw new UsageException(
                "Every job that matches would be changed. Count them first with --dry-run, then say so: --yes"
            );
        }
    }

    /// <summary>
    /// Begins the act, and stays until it has ended. A Broker that restarts meanwhile is asked again: the act's id
    /// keeps it from acting twice.
    /// </summary>
    private static async Task<BulkActView> FollowAsync(
        Call call,
        BulkActRequest request,
        CancellationToken cancellationToken
    )
    {
        var jobs = call.Client.Jobs;
        var view = await jobs.BeginBulkAsync(request, cancellationToken);
        if (view.EndedAt is null)
        {
            call.Printer.Note(
                $"bulk act {view.Id} goes on even if this command is ended; schedulezero jobs bulk-stop "
                    + $"{view.Id} stops it"
            );
        }

        for (var tries = 0; view.EndedAt is null; )
        {
            try
            {
                view = await jobs.GetBulkAsync(view.Id, LookEvery, cancellationToken);
                tries = 0;
                if (view.EndedAt is null)
                {
                    call.Printer.Note(
                        view.State == BulkActState.Finding
                            ? $"{view.Matched} jobs found"
                            : $"{view.Done} of {view.Matched}"
                    );
                }
            }
            catch (ScheduleZeroException e) when (e.Code == ErrorCodes.NotFound && tries++ < TriesMax)
            {
                call.Printer.Note("The Broker has restarted, and knows the act no more: it is asked again.");
                var until = request.Filter.To < view.StartedAt ? request.Filter.To : view.StartedAt;
                view = await jobs.BeginBulkAsync(
                    request with
                    {
                        Filter = request.Filter with { To = until },
                    },
                    cancellationToken
                );
            }
            catch (ScheduleZeroException e) when (e.Code == ErrorCodes.Unavailable && tries++ < TriesMax)
            {
                await Task.Delay(LookEvery, call.Terminal.Time, cancellationToken);
            }
        }

        return view;
    }

    private static void Print(Call call, BulkActView act)
    {
        if (call.Printer.IsJson)
        {
            call.Printer.Json(act, RestJson.Default.BulkActView);
            return;
        }

        call.Printer.Details([
            ("id", act.Id.ToString()),
            ("action", PlainText.Word(act.Action)),
            ("priority", act.Priority?.ToString()),
            ("filter", JsonSerializer.Serialize(act.Filter, RestJson.Default.BulkFilter)),
            ("state", act.DryRun ? "dry run: nothing was changed" : PlainText.Word(act.State)),
            ("matched", $"{act.Matched}"),
            ("done", act.DryRun ? null : $"{act.Done}"),
            ("changed", act.DryRun ? null : $"{act.Changed}"),
            ("detail", act.Detail),
            ("started", $"{PlainText.Instant(act.StartedAt)} by {act.RequestedBy}"),
            ("ended", PlainText.Instant(act.EndedAt)),
            ("stopped by", act.StoppedBy),
        ]);
    }
}
