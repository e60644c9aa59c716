using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary><c>schedulezero executions …</c>.</summary>
internal static class ExecutionsVerbs
{
    private static readonly IReadOnlyList<Column<ExecutionView>> Columns =
    [
        new("ASSIGNED AT", execution => PlainText.Instant(execution.Attempt.AssignedAt)),
        new("JOB", execution => execution.JobId.ToString()),
        new("NUMBER", execution => $"{execution.Attempt.Number}", Fit.Lesser),
        new("METHOD", execution => execution.Method),
        new("OUTCOME", execution => execution.Attempt.Outcome is { } outcome ? PlainText.Word(outcome) : "running"),
        new("HANDLER", execution => execution.Attempt.Handler, Fit.Lesser),
        new("DURATION", execution => PlainText.Seconds(execution.DurationSeconds), Fit.Lesser),
        new("SCHEDULE", execution => execution.Schedule, Fit.Lesser),
    ];

    private static readonly IReadOnlyList<Column<ExecutionStatsRow>> StatsColumns =
    [
        new("NAME", row => row.Name),
        new("TOTAL", row => $"{row.Total}"),
        new("SUCCEEDED", row => $"{row.Succeeded}", Fit.Lesser),
        new("RATE", row => $"{row.SuccessRate * 100:0.##} %"),
        new("MEAN", row => PlainText.Seconds(row.MeanSeconds), Fit.Lesser),
        new("P50", row => PlainText.Seconds(row.P50Seconds), Fit.Lesser),
        new("P95", row => PlainText.Seconds(row.P95Seconds)),
        new("P99", row => PlainText.Seconds(row.P99Seconds), Fit.Lesser),
    ];

    private static readonly IReadOnlyList<Column<ExecutionStatsStep>> StepColumns =
    [
        new("FROM", step => PlainText.Instant(step.From)),
        new("TOTAL", step => $"{step.Total}"),
        new("SUCCEEDED", step => $"{step.Succeeded}"),
        new("MEAN", step => PlainText.Seconds(step.MeanSeconds), Fit.Lesser),
        new("P50", step => PlainText.Seconds(step.P50Seconds), Fit.Lesser),
        new("P95", step => PlainText.Seconds(step.P95Seconds)),
        new("P99", step => PlainText.Seconds(step.P99Seconds), Fit.Lesser),
    ];

    public static Command Create(Shell shell) =>
        new Verb("executions", "The log of all attempts") { List(shell), Export(shell), Stats(shell) };

    private static Verb List(Shell shell)
    {
        var filter = new FilterOptions(shell.Terminal.Time);
        var results = new Option<bool>("--results") { Description = "Show results too, with -o json" };
        var verb = new Verb(
            "list",
            "List attempts, newest first",
            "schedulezero executions list --outcome failed --from 2026-12-01T00:00:00Z"
        )
        {
            results,
        };
        filter.AddTo(verb);
        return CommonVerbs.List(
            shell,
            verb,
            (call, page, token) =>
                call.Client.Executions.ListAsync(
                    filter.Read(call) with
                    {
                        Limit = page.Limit,
                        IncludeResult = call.Value(results),
                    },
                    page.Cursor,
                    token
                ),
            RestJson.Default.PageExecutionView,
            Columns
        );
    }

    private static Verb Export(Shell shell)
    {
        var filter = new FilterOptions(shell.Terminal.Time);
        var format = Values.Word<ExportFormat>("--format", "How to write them [default: ndjson]");
        var outFile = Values.Text("--out", "A file, in place of standard output", "FILE");
        var verb = new Verb(
            "export",
            "Write all attempts that fit",
            "schedulezero executions export --format csv --out december.csv"
        )
        {
            format,
            outFile,
        };
        filter.AddTo(verb);
        return CommonVerbs.Export(
            shell,
            verb,
            outFile,
            (call, token) =>
                call.Client.Executions.ExportAsync(call.Value(format) ?? ExportFormat.Ndjson, filter.Read(call), token)
        );
    }

    private static Verb Stats(Shell shell)
    {
        var by = Values.Word<StatsGrouping>("--by", "A row for each [default: one for all]");
        var method = Values.Text("--method", "Only of this method", "NAME");
        var handler = Values.Text("--handler", "Only of this handler", "NAME");
        var window = Values.Duration("--window", "How far back");
        var step = Values.Duration("--step", "A row for each step of this length, in place of one for all");
        var verb = new Verb(
            "stats",
            "Counts, success rate and durations",
            "schedulezero executions stats --by method --window 1d",
            "schedulezero executions stats --window 1h --step 5m",
            "schedulezero executions stats --method reports.render --window 7d --step 3h"
        )
        {
            by,
            method,
            handler,
            window,
            step,
        };
        return CommonVerbs.Ask(
            shell,
            verb,
            (call, token) =>
                AskStatsAsync(
                    call,
                    call.Value(by),
                    (call.Value(method), call.Value(handler)),
                    (call.Value(window), call.Value(step)),
                    token
                ),
            (call, stats) =>
                call.Printer.Answer(
                    stats,
                    RestJson.Default.ExecutionStats,
                    shown =>
                    {
                        if (shown.Series is { } series)
                        {
                            call.Printer.Table(StepColumns, series);
                        }
                        else
                        {
                            call.Printer.Table(StatsColumns, shown.Items);
                        }
                    }
                )
        );
    }

    private static Task<ExecutionStats> AskStatsAsync(
        Call call,
        StatsGrouping? by,
        (string? Method, string? Handler) of,
        (TimeSpan? Window, TimeSpan? Step) times,
        CancellationToken cancellationToken
    )
    {
        var executions = call.Client.Executions;
        if (of is (null, null))
        {
            return executions.StatsAsync(by, times.Window, times.Step, cancellationToken);
        }

        return by is null
            ? executions.StatsOfAsync(of.Method, of.Handler, times.Window, times.Step, cancellationToken)
            : throw new UsageException("One method or one handler has one row: leave --by out.");
    }

    /// <summary>The options that say which attempts are meant; all options that are given must hold.</summary>
    private sealed class FilterOptions(TimeProvider time)
    {
        private readonly Option<AttemptOutcome?> _outcome = Values.Word<AttemptOutcome>(
            "--outcome",
            "Only attempts that ended so"
        );
        private readonly Option<string?> _method = Values.Text("--method", "Only of this method", "NAME");
        private readonly Option<string?> _handler = Values.Text("--handler", "Only of this handler", "NAME");
        private readonly Option<string?> _schedule = Values.Text("--schedule", "Only of this schedule's jobs", "NAME");
        private readonly Option<DateTimeOffset?> _from = Values.Instant("--from", "Ended then or later", time);
        private readonly Option<DateTimeOffset?> _to = Values.Instant("--to", "Ended before then", time);

        public void AddTo(Command verb)
        {
            verb.Add(_outcome);
            verb.Add(_method);
            verb.Add(_handler);
            verb.Add(_schedule);
            verb.Add(_from);
            verb.Add(_to);
        }

        public ExecutionFilter Read(Call call) =>
            new()
            {
                Outcome = call.Value(_outcome),
                Method = call.Value(_method),
                Handler = call.Value(_handler),
                Schedule = call.Value(_schedule),
                From = call.Value(_from),
                To = call.Value(_to),
            };
    }
}
