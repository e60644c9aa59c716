using System.CommandLine;
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
            Get(shell),
            Explain(shell),
            Attempts(shell),
            Logs(shell),
            BulkVerbs.Cancel(shell),
            BulkVerbs.Retry(shell),
            BulkVerbs.Replay(shell),
            BulkVerbs.Priority(shell),
            BulkVerbs.List(shell),
            BulkVerbs.Show(shell),
            BulkVerbs.Stop(shell),
        };

    public static Argument<string> IdArgument()
    {
        var argument = new Argument<string>("ID") { Description = "The job's id" };
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [var token, ..] && !JobId.TryParse(token.Value, out _))
            {
                result.AddError($"'{token.Value}' is no job id.");
            }
        });
        return argument;
    }

    public static JobId ReadId(Call call, Argument<string> argument) =>
        JobId.TryParse(call.Value(argument), out var id)
            ? id
            : throw new InvalidOperationException("The parser has checked the id.");

    public static void Print(Call call, JobView job)
    {
        if (call.Printer.IsJson)
        {
            call.Printer.Json(job, RestJson.Default.JobView);
        }
        else
        {
            call.Printer.Details(JobText.Details(job));
        }
    }

    private static Verb List(Shell shell)
    {
        var filters = new JobFilterOptions(shell.Terminal.Time);
        var include = Values.Text(
            "--include",
            "Show bodies too, with -o json: params, result, or params,result",
            "BODIES"
        );
        var verb = new Verb(
            "list",
            "List jobs, newest first",
            "schedulezero jobs list --state failed --method reports.render",
            "schedulezero jobs list --schedule nightly --all -o json | jq -r '.items[].id'"
        )
        {
            include,
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

    private static Verb Get(Shell shell)
    {
        var id = IdArgument();
        var verb = new Verb("get", "Show one job", "schedulezero jobs get 0198c1a2-7f00-7abc-8def-0123456789ab -o json")
        {
            id,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                Print(call, await call.Client.Jobs.GetAsync(ReadId(call, id), cancellationToken));
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Explain(Shell shell)
    {
        var id = IdArgument();
        var verb = new Verb(
            "explain",
            "Say why a job has not ended, and what it waits for",
            "schedulezero jobs explain 0198c1a2-7f00-7abc-8def-0123456789ab"
        )
        {
            id,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var explanation = await call.Client.Jobs.ExplainAsync(ReadId(call, id), cancellationToken);
                if (call.Printer.IsJson)
                {
                    call.Printer.Json(explanation, RestJson.Default.JobExplanation);
                    return ExitCodes.Ok;
                }

                GateText.Print(
                    call.Printer,
                    explanation.Gates.Select(gate =>
                        (PlainText.Word(gate.Gate), gate.Passed, gate.Sentence, gate.OpensWhen, gate.OpensAt)
                    )
                );
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Attempts(Shell shell)
    {
        var id = IdArgument();
        var verb = new Verb(
            "attempts",
            "Show every attempt of a job",
            "schedulezero jobs attempts 0198c1a2-7f00-7abc-8def-0123456789ab"
        )
        {
            id,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var attempts = await call.Client.Jobs.AttemptsAsync(ReadId(call, id), cancellationToken);
                if (call.Printer.IsJson)
                {
                    call.Printer.Json(new Page<AttemptView>(attempts), RestJson.Default.PageAttemptView);
                    return ExitCodes.Ok;
                }

                call.Printer.Table(JobText.AttemptColumns, attempts);
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Logs(Shell shell)
    {
        var id = IdArgument();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the job ends" };
        var attempt = Values.Count("--attempt", "Only of this attempt, counted from 1");
        var verb = new Verb(
            "logs",
            "Show what a job logged; with -o json a line each",
            "schedulezero jobs logs 0198c1a2-7f00-7abc-8def-0123456789ab --follow"
        )
        {
            id,
            follow,
            attempt,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var job = ReadId(call, id);
                var lines = call.Value(follow)
                    ? call.Client.Jobs.FollowLogsAsync(job, call.Value(attempt), cancellationToken: cancellationToken)
                    : call.Client.Jobs.AllLogsAsync(job, call.Value(attempt), cancellationToken);
                await foreach (var line in lines)
                {
                    if (call.Printer.IsJson)
                    {
                        call.Printer.JsonLine(line, RestJson.Default.LogLine);
                    }
                    else
                    {
                        call.Printer.Line(JobText.Line(line));
                    }
                }

                return ExitCodes.Ok;
            }
        );
        return verb;
    }
}
