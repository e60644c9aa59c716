using System.CommandLine;
using System.Runtime.CompilerServices;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Jobs;

/// <summary><c>schedulezero jobs …</c>.</summary>
internal static class JobsVerbs
{
    public static Command Create(Shell shell) =>
        new Verb("jobs", "Submit jobs, watch them, act on them")
        {
            SubmitVerbs.Submit(shell),
            SubmitVerbs.Run(shell),
            List(shell),
            Count(shell),
            Get(shell),
            Explain(shell),
            Attempts(shell),
            Chain(shell),
            Logs(shell),
            BulkVerbs.Cancel(shell),
            BulkVerbs.Retry(shell),
            BulkVerbs.Replay(shell),
            BulkVerbs.Priority(shell),
            SubmitVerbs.Change(shell),
            BulkVerbs.List(shell),
            BulkVerbs.Show(shell),
            BulkVerbs.Stop(shell),
        };

    public static void Print(Call call, JobView job) =>
        call.Printer.Answer(job, RestJson.Default.JobView, JobText.Details);

    private static Verb List(Shell shell)
    {
        var filters = new JobFilterOptions(shell.Terminal.Time);
        var include = Values.Text(
            "--include",
            "Show bodies too, with -o json: params, result, or params,result",
            "BODIES"
        );
        var replays = new Option<bool>("--replays") { Description = "Only jobs that replay another one" };
        var verb = new Verb(
            "list",
            "List jobs, newest first",
            "schedulezero jobs list --state failed --method reports.render",
            "schedulezero jobs list --schedule nightly --all -o json | jq -r '.items[].id'"
        )
        {
            include,
            replays,
        };
        filters.AddTo(verb);
        return CommonVerbs.List(
            shell,
            verb,
            (call, page, token) =>
            {
                var bodies = ReadBodies(call.Value(include));
                var filter = new JobFilter(filters.Read(call))
                {
                    IncludeParams = bodies.Contains("params"),
                    IncludeResult = bodies.Contains("result"),
                    Replays = call.Value(replays),
                    Limit = page.Limit,
                };
                return call.Client.Jobs.ListAsync(filter, page.Cursor, token);
            },
            RestJson.Default.PageJobView,
            JobText.Columns
        );
    }

    private static string[] ReadBodies(string? text) =>
        text?.Split(',') is not { } names ? []
        : names.FirstOrDefault(name => name is not ("params" or "result")) is { } unknown
            ? throw new UsageException($"'{unknown}' is neither params nor result.")
        : names;

    private static Verb Count(Shell shell)
    {
        var filters = new JobFilterOptions(shell.Terminal.Time);
        var verb = new Verb(
            "count",
            "Count jobs by state; a + says that there may be more",
            "schedulezero jobs count",
            "schedulezero jobs count --method reports.render -o json"
        );
        filters.AddWithoutState(verb);
        return CommonVerbs.Ask(
            shell,
            verb,
            (call, token) => call.Client.Jobs.CountAsync(filters.Read(call), token),
            (call, counts) => call.Printer.Answer(counts, RestJson.Default.JobCounts, JobText.Counts)
        );
    }

    private static Verb Get(Shell shell) =>
        Act(
            shell,
            new Verb("get", "Show one job", "schedulezero jobs get 0198c1a2-7f00-7abc-8def-0123456789ab -o json"),
            (jobs, id, token) => jobs.GetAsync(id, token),
            Print
        );

    private static Verb Explain(Shell shell) =>
        Act(
            shell,
            new Verb(
                "explain",
                "Say why a job has not ended, and what it waits for",
                "schedulezero jobs explain 0198c1a2-7f00-7abc-8def-0123456789ab"
            ),
            (jobs, id, token) => jobs.ExplainAsync(id, token),
            PrintExplanation
        );

    private static Verb Attempts(Shell shell) =>
        Act(
            shell,
            new Verb(
                "attempts",
                "Show every attempt of a job",
                "schedulezero jobs attempts 0198c1a2-7f00-7abc-8def-0123456789ab"
            ),
            (jobs, id, token) => jobs.AttemptsAsync(id, token),
            (call, attempts) =>
                call.Printer.Rows(
                    new Page<AttemptView>(attempts),
                    RestJson.Default.PageAttemptView,
                    JobText.AttemptColumns
                )
        );

    private static Verb Chain(Shell shell) =>
        Act(
            shell,
            new Verb(
                "chain",
                "Show what a job runs after, and what runs after it; two steps far",
                "schedulezero jobs chain 0198c1a2-7f00-7abc-8def-0123456789ab"
            ),
            (jobs, id, token) => jobs.ChainAsync(id, token),
            (call, chain) =>
                call.Printer.Rows(new Page<ChainedJob>(chain), RestJson.Default.PageChainedJob, JobText.ChainColumns)
        );

    private static Verb Act<T>(
        Shell shell,
        Verb verb,
        Func<JobsClient, JobId, CancellationToken, Task<T>> act,
        Action<Call, T> print
    )
    {
        var id = IdArguments.OfJob();
        verb.Add(id);
        return CommonVerbs.Ask(
            shell,
            verb,
            (call, token) => act(call.Client.Jobs, IdArguments.ReadJob(call, id), token),
            print
        );
    }

    private static void PrintExplanation(Call call, JobExplanation explanation) =>
        call.Printer.Answer(
            explanation,
            RestJson.Default.JobExplanation,
            shown =>
                GateText.Print(
                    call.Printer,
                    shown.Gates.Select(gate =>
                        (PlainText.Word(gate.Gate), gate.Passed, gate.Sentence, gate.OpensWhen, gate.OpensAt)
                    )
                )
        );

    private static Verb Logs(Shell shell)
    {
        var id = IdArguments.OfJob();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the job ends" };
        var attempt = Values.Count("--attempt", "Only of this attempt, counted from 1");
        var level = new Option<string?>("--level") { Description = "Only of this level and above, such as warning" };
        var tail = Values.Count("--tail", "Only the last lines, 1 to 500; with --follow, these and what comes");
        var verb = new Verb(
            "logs",
            "Show what a job logged; with -o json a line each",
            "schedulezero jobs logs 0198c1a2-7f00-7abc-8def-0123456789ab --follow"
        )
        {
            id,
            follow,
            attempt,
            level,
            tail,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var job = IdArguments.ReadJob(call, id);
                var (jobs, number, least) = (call.Client.Jobs, call.Value(attempt), call.Value(level));
                var lines =
                    call.Value(tail) is { } count
                        ? TailAsync(jobs, job, number, least, count, call.Value(follow), cancellationToken)
                    : call.Value(follow) ? jobs.FollowLogsAsync(job, number, null, least, cancellationToken)
                    : jobs.AllLogsAsync(job, number, least, cancellationToken);
                await foreach (var line in lines)
                {
                    call.Printer.StreamValue(line, RestJson.Default.LogLine, JobText.Line);
                }

                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    // The last lines, and what comes after them when the log is followed.
    private static async IAsyncEnumerable<LogLine> TailAsync(
        JobsClient jobs,
        JobId job,
        int? attempt,
        string? level,
        int count,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        long? after = null;
        foreach (var line in (await jobs.LastLogsAsync(job, null, count, attempt, level, cancellationToken)).Items)
        {
            after = line.Sequence;
            yield return line;
        }

        if (!follow)
        {
            yield break;
        }

        await foreach (var line in jobs.FollowLogsAsync(job, attempt, after, level, cancellationToken))
        {
            yield return line;
        }
    }
}
