using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Jobs;

/// <summary>Jobs, attempts and log lines as columns and text for people.</summary>
internal static class JobText
{
    public static IReadOnlyList<Column<JobView>> Columns { get; } =
    [
        new("ID", job => job.Id.ToString()),
        new("STATE", job => PlainText.Word(job.State)),
        new("METHOD", job => job.Method),
        new("ATTEMPTS", job => $"{job.Attempts}", Fit.Lesser),
        new("HANDLER", job => job.Handler, Fit.Lesser),
        new("RUN AT", job => PlainText.Instant(job.RunAt), Fit.Lesser),
        new("FINISHED AT", job => PlainText.Instant(job.FinishedAt), Fit.Lesser),
    ];

    public static IReadOnlyList<Column<AttemptView>> AttemptColumns { get; } =
    [
        new("NUMBER", attempt => $"{attempt.Number}"),
        new("OUTCOME", attempt => attempt.Outcome is { } outcome ? PlainText.Word(outcome) : "running"),
        new("HANDLER", attempt => attempt.Handler, Fit.Lesser),
        new("TOKEN", attempt => $"{attempt.FencingToken}", Fit.Lesser),
        new("ASSIGNED AT", attempt => PlainText.Instant(attempt.AssignedAt), Fit.Lesser),
        new(
            "DURATION",
            attempt =>
                PlainText.Seconds((attempt.FinishedAt - (attempt.StartedAt ?? attempt.AssignedAt))?.TotalSeconds),
            Fit.Lesser
        ),
        new("ERROR", attempt => attempt.Error is { } error ? $"{error.Type}: {error.Message}" : null, Fit.Prose),
    ];

    public static IReadOnlyList<Column<ChainedJob>> ChainColumns { get; } =
    [
        new("STEP", job => job.Depth == 0 ? "this" : $"{job.Depth:+0;-0}"),
        new("ID", job => job.Id.ToString()),
        new("STATE", job => PlainText.Word(job.State)),
        new("METHOD", job => job.Method),
        new("AFTER", job => MoreThan(job.After.Count, job.MoreAfter), Fit.Lesser),
        new("MORE AFTER IT", job => job.MoreDependents is { } more ? $"{more}" : null, Fit.Lesser),
    ];

    public static bool IsFinal(this JobView job) =>
        job.State is JobState.Succeeded or JobState.Failed or JobState.Cancelled or JobState.Expired;

    /// <summary>
    /// A line of a job's log as text. A message of several lines is indented from its second line on, so that no part
    /// of a message looks like another line of the log.
    /// </summary>
    public static string Line(LogLine line)
    {
        var head = $"{PlainText.TimeOfDay(line.At)} {line.Attempt} {line.Level, -11} ";
        return head + line.Message.ReplaceLineEndings($"\n{new string(' ', head.Length)}");
    }

    public static IEnumerable<(string Name, string? Value)> Details(JobView job) =>
        [
            ("id", job.Id.ToString()),
            ("namespace", job.Namespace),
            ("state", PlainText.Word(job.State)),
            ("method", job.Method),
            ("params", job.Params.IsEmpty ? null : job.Params.ToString()),
            ("attempts", job.Retry.MaxAttempts is { } most ? $"{job.Attempts} of {most}" : $"{job.Attempts}"),
            ("progress", Progress(job)),
            ("result", job.Result.IsEmpty ? null : job.Result.ToString()),
            ("error", job.Error is { } error ? $"{error.Type}: {error.Message}" : null),
            ("stack trace", job.Error?.StackTrace),
            ("handler", job.Handler),
            ("group", job.Group),
            ("priority", job.Priority == 0 ? null : $"{job.Priority}"),
            ("enqueued at", PlainText.Instant(job.EnqueuedAt)),
            ("run at", PlainText.Instant(job.RunAt)),
            ("started at", PlainText.Instant(job.StartedAt)),
            ("finished at", PlainText.Instant(job.FinishedAt)),
            ("start deadline", PlainText.Instant(job.StartDeadline)),
            ("timeout", PlainText.Duration(job.Timeout)),
            ("deduplication key", job.DeduplicationKey),
            (
                "rate limit",
                job.RateLimit is { } rate ? $"{rate.Key}, {rate.Limit} in {PlainText.Duration(rate.Period)}" : null
            ),
            (
                "concurrency",
                job.Concurrency is { } concurrency ? $"{concurrency.Key}, {concurrency.Limit ?? 1} at once" : null
            ),
            ("after", job.After is { } after ? PlainText.List([.. after.Select(id => id.ToString())]) : null),
            ("after failure", job.AfterFailure is { } then ? PlainText.Word(then) : null),
            ("batch", job.BatchId?.ToString()),
            ("completes batch", job.Completes?.ToString()),
            ("tags", PlainText.List(job.Tags)),
            (
                "schedule",
                job.Schedule is { } made
                    ? $"{made.Name} version {made.Version}, due {PlainText.Instant(made.Nominal)}"
                    : null
            ),
            ("created by", job.CreatedBy),
            ("replay of", job.ReplayOf?.ToString()),
            ("version", job.Version == 0 ? null : $"{job.Version}"),
            ("warning", job.Warning),
        ];

    public static IEnumerable<(string Name, string? Value)> Counts(JobCounts counts) =>
        Enum.GetValues<JobState>()
            .Select(state =>
                (
                    PlainText.Word(state),
                    (string?)$"{counts.Of(state)}{(counts.AtLeast?.Contains(state) == true ? "+" : "")}"
                )
            );

    private static string? MoreThan(int shown, int? more) =>
        shown + (more ?? 0) is > 0 and var all ? $"{all} jobs" : null;

    private static string? Progress(JobView job) =>
        (job.ProgressPercent, job.ProgressMessage) switch
        {
            (null, null) => null,
            ({ } percent, null) => $"{percent:0.#} %",
            (null, { } message) => message,
            ({ } percent, { } message) => $"{percent:0.#} %: {message}",
        };
}
