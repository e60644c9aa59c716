using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Jobs;

/// <summary><c>schedulezero jobs submit</c>, <c>jobs run</c> and <c>jobs change</c>.</summary>
internal static class SubmitVerbs
{
    /// <summary>Longer waits have no limit: timers reach 49 days.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromDays(45);

    public static Verb Submit(Shell shell)
    {
        var (method, parameters, options) = (
            MethodArgument(),
            ParamsArgument(),
            JobOptions.ForJob(shell.Terminal.Time)
        );
        var verb = new Verb(
            "submit",
            "Submit a job and print it; it is on the Broker's disk when this ends",
            "schedulezero jobs submit reports.render '{\"month\":\"2026-10\"}' --tag monthly --max-attempts 5",
            "schedulezero jobs submit db.backup @params.json --handler office-7 --run-at +10m",
            "schedulezero jobs submit mail.send --after 0198c1a2-7f00-7abc-8def-0123456789ab --after-failure run",
            "jq -n '{id: 7}' | schedulezero jobs submit mail.send - --deduplication-key mail-7 -o json | jq -r .id"
        )
        {
            method,
            parameters,
        };
        options.AddTo(verb);
        return CommonVerbs.Ask(
            shell,
            verb,
            async (call, token) =>
            {
                var request = await ReadJobAsync(call, method, parameters, options, token);
                return await call.Client.Jobs.EnqueueAsync(request, token);
            },
            (call, job) =>
            {
                call.WarnOf(job.Warning);
                JobsVerbs.Print(call, job);
            }
        );
    }

    public static Verb Run(Shell shell)
    {
        var (method, parameters, options) = (
            MethodArgument(),
            ParamsArgument(),
            JobOptions.ForJob(shell.Terminal.Time)
        );
        var wait = Values.Duration("--wait", "Stop waiting after this; the job goes on [default: no bound]");
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Without the job's log lines" };
        var verb = new Verb(
            "run",
            "Submit a job, follow its log on standard error, wait for its end, and print its result",
            "schedulezero jobs run reports.render '{\"month\":\"2026-10\"}' | jq .pages",
            "schedulezero jobs run db.backup --group databases --wait 30m || alert"
        )
        {
            method,
            parameters,
            wait,
            quiet,
        };
        options.AddTo(verb);
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var request = await ReadJobAsync(call, method, parameters, options, cancellationToken);
                var job = await call.Client.Jobs.EnqueueAsync(request, cancellationToken);
                call.WarnOf(job.Warning);
                job = await AwaitEndAsync(call, job, call.Value(wait), showLogs: !call.Value(quiet), cancellationToken);
                return PrintEnd(call, job);
            }
        );
        return verb;
    }

    public static Verb Change(Shell shell)
    {
        var (id, runAt) = (IdArguments.OfJob(), Values.Instant("--run-at", "Not before", shell.Terminal.Time));
        var parameters = Values.Text("--params", "Other params: JSON, @file, or - for standard input", "PARAMS");
        var priority = Values.Number<int>("--priority", "-100 to 100, higher first");
        var version = Values.Number<int>("--if-version", "Fail when the job is at another version");
        var verb = new Verb(
            "change",
            "Give a job that waits another time or other params, as long as no attempt was made",
            "schedulezero jobs change 0198c1a2-7f00-7abc-8def-0123456789ab --run-at +2h",
            "schedulezero jobs change 0198c1a2-7f00-7abc-8def-0123456789ab --params '{\"month\":11}' --if-version 0"
        )
        {
            id,
            runAt,
            parameters,
            priority,
            version,
        };
        return CommonVerbs.Ask(
            shell,
            verb,
            async (call, token) =>
            {
                var patch = new JobPatch(call.Value(priority))
                {
                    RunAt = call.Value(runAt),
                    Params = call.Value(parameters) is { } text
                        ? await Values.ReadJsonAsync(text, "params", call.Terminal.In, token)
                        : default,
                    IfVersion = call.Value(version),
                };
                return patch is { Priority: null, RunAt: null, Params.IsEmpty: true }
                    ? throw new UsageException("--run-at, --params or --priority is needed.")
                    : await call.Client.Jobs.ChangeAsync(IdArguments.ReadJob(call, id), patch, token);
            },
            JobsVerbs.Print
        );
    }

    public static Argument<string> MethodArgument() =>
        new("METHOD") { Description = "The method to run, such as reports.render" };

    public static Argument<string?> ParamsArgument() =>
        new("PARAMS")
        {
            Description = "Its params: JSON, @file, or - for standard input [default: {}]",
            Arity = ArgumentArity.ZeroOrOne,
        };

    private static async Task<JobRequest> ReadJobAsync(
        Call call,
        Argument<string> method,
        Argument<string?> parameters,
        JobOptions options,
        CancellationToken cancellationToken
    )
    {
        var json = call.Parsed.GetValue(parameters) is { } text
            ? await Values.ReadJsonAsync(text, "params", call.Terminal.In, cancellationToken)
            : default(RawJson);
        return options.Read(call.Parsed, call.Value(method), json);
    }

    /// <summary>Waits for the end of the job, and shows its log meanwhile.</summary>
    /// <param name="wait">How long to wait; null for as long as it takes.</param>
    /// <returns>The job, unfinished if the wait is over.</returns>
    private static async Task<JobView> AwaitEndAsync(
        Call call,
        JobView job,
        TimeSpan? wait,
        bool showLogs,
        CancellationToken cancellationToken
    )
    {
        using var limit =
            wait < WaitMax
                ? new CancellationTokenSource(wait.Value, call.Terminal.Time)
                : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        long? after = null;
        try
        {
            while (!job.IsFinal())
            {
                // The stream of lines ends with the job, so that the job need not be polled.
                await foreach (
                    var line in call.Client.Jobs.FollowLogsAsync(job.Id, after: after, cancellationToken: either.Token)
                )
                {
                    after = line.Sequence;
                    if (showLogs)
                    {
                        call.Printer.Note(JobText.Line(line));
                    }
                }

                job = await call.Client.Jobs.GetAsync(job.Id, either.Token);
                if (!job.IsFinal())
                {
                    await Task.Delay(TimeSpan.FromSeconds(0.5), call.Terminal.Time, either.Token);
                }
            }
        }
        catch (OperationCanceledException)
            when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return await call.Client.Jobs.GetAsync(job.Id, cancellationToken);
        }

        return job;
    }

    /// <summary>Prints the job's result, and answers the exit code that tells how the job ended.</summary>
    private static int PrintEnd(Call call, JobView job)
    {
        if (call.Printer.IsJson)
        {
            JobsVerbs.Print(call, job);
        }
        else if (job.State == JobState.Succeeded)
        {
            call.Printer.Line(job.Result.ToString());
        }

        if (job.State == JobState.Succeeded)
        {
            return ExitCodes.Ok;
        }

        var state = PlainText.Word(job.State);
        if (!job.IsFinal())
        {
            call.Printer.Note(
                $"Job {job.Id} is {state} and goes on. Follow it with: schedulezero jobs logs {job.Id} --follow"
            );
            return ExitCodes.Unfinished;
        }

        var why = job.Error is { } error ? $": {error.Type}: {error.Message}" : "";
        call.Printer.Note(
            $"error: Job {job.Id} {(job.State == JobState.Failed ? "failed" : $"is {state}")} after "
                + $"{job.Attempts} attempts{why}"
        );
        return ExitCodes.Failed;
    }
}
