using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Schedules;

/// <summary>Schedules as columns and text for people.</summary>
internal static class ScheduleText
{
    public static IReadOnlyList<Column<ScheduleView>> Columns { get; } =
    [
        new("NAME", schedule => schedule.Name),
        new("DUE", schedule => Trigger(schedule.Trigger), Fit.Prose),
        new("METHOD", schedule => schedule.Job.Method, Fit.Lesser),
        new("STATE", StateOf),
        new("NEXT", schedule => PlainText.Instant(schedule.NextNominal)),
        new("LAST", schedule => PlainText.Instant(schedule.LastNominal), Fit.Lesser),
        new("FIRED", schedule => $"{schedule.Occurrences}", Fit.Lesser),
        new("MISSED", schedule => $"{schedule.Missed}", Fit.Lesser),
    ];

    public static IReadOnlyList<Column<OccurrenceView>> OccurrenceColumns { get; } =
    [
        new("NOMINAL", occurrence => PlainText.Instant(occurrence.Nominal)),
        new("TO", occurrence => PlainText.Instant(occurrence.To), Fit.Lesser),
        new("COUNT", occurrence => $"{occurrence.Count}", Fit.Lesser),
        new("JOB", occurrence => occurrence.JobId?.ToString()),
        new("MISSED", occurrence => occurrence.Missed, Fit.Prose),
    ];

    public static IReadOnlyList<Column<ScheduleVersionView>> VersionColumns { get; } =
    [
        new("VERSION", version => $"{version.Version}"),
        new("CHANGED", version => PlainText.Instant(version.ChangedAt)),
        new("BY", version => version.ChangedBy, Fit.Lesser),
        new("CHANGES", version => string.Join("; ", version.Changes.Select(Change)), Fit.Prose),
    ];

    public static IReadOnlyList<Column<PreviewItem>> PreviewColumns { get; } =
    [
        new("NOMINAL", instant => PlainText.Instant(instant.Nominal)),
        new("LOCAL", instant => instant.Local),
        new("OFFSET", instant => instant.Offset, Fit.Lesser),
        new("SKIPPED", instant => instant.Skipped, Fit.Prose),
    ];

    /// <summary>A changed field as text, such as <c>overlap "allow" → "skip"</c>.</summary>
    public static string Change(FieldChange change) =>
        $"{change.Path} {(change.From.IsEmpty ? "none" : change.From.ToString())} → "
        + $"{(change.To.IsEmpty ? "none" : change.To.ToString())}";

    public static IEnumerable<(string Name, string? Value)> Details(ScheduleView schedule) =>
        [
            ("name", schedule.Name),
            ("namespace", schedule.Namespace),
            ("version", $"{schedule.Version}"),
            ("due", Trigger(schedule.Trigger)),
            ("method", schedule.Job.Method),
            ("params", schedule.Job.Params.IsEmpty ? null : schedule.Job.Params.ToString()),
            ("handler", schedule.Job.Handler),
            ("group", schedule.Job.Group),
            ("paused", schedule.Paused ? $"yes{(schedule.PauseNote is { } note ? $": {note}" : "")}" : "no"),
            ("warning", schedule.Warning),
            ("stands still", schedule.Stopped),
            ("resumes at", PlainText.Instant(schedule.ResumeAt)),
            ("next", PlainText.Instant(schedule.NextNominal)),
            ("last", PlainText.Instant(schedule.LastNominal)),
            ("fired", $"{schedule.Occurrences}"),
            ("missed", $"{schedule.Missed}"),
            ("misfire", PlainText.Word(schedule.Misfire)),
            ("catch-up window", PlainText.Duration(schedule.CatchUpWindow)),
            ("overlap", PlainText.Word(schedule.Overlap)),
            ("queued", PlainText.Instant(schedule.Queued)),
            ("jitter", PlainText.Duration(schedule.Jitter)),
            ("starts at", PlainText.Instant(schedule.StartAt)),
            ("ends at", PlainText.Instant(schedule.EndAt)),
            ("max occurrences", schedule.MaxOccurrences?.ToString()),
            ("exclude calendars", PlainText.List(schedule.ExcludeCalendars)),
            ("offline", schedule.Offline == OfflinePolicy.Run ? PlainText.Word(schedule.Offline) : null),
            ("kept until", PlainText.Instant(schedule.KeptUntil)),
            ("created", $"{PlainText.Instant(schedule.CreatedAt)} by {schedule.CreatedBy}"),
            ("owner", schedule.Owner),
            ("changed", PlainText.Instant(schedule.ChangedAt)),
        ];

    private static string Trigger(TriggerRequest trigger) =>
        trigger.Kind switch
        {
            TriggerKinds.Cron => $"{trigger.Expression?.Replace('\t', ' ')} ({trigger.TimeZone ?? "UTC"})",
            TriggerKinds.Interval => $"every {PlainText.Duration(trigger.Every)}",
            TriggerKinds.Once => $"once at {PlainText.Instant(trigger.At)}",
            TriggerKinds.CalendarInterval when trigger is { Months: { } months } =>
                $"every {months} months at {trigger.TimeOfDay} ({trigger.TimeZone ?? "UTC"})",
            TriggerKinds.CalendarInterval when trigger is { Weeks: { } weeks } =>
                $"every {weeks} weeks at {trigger.TimeOfDay} ({trigger.TimeZone ?? "UTC"})",
            TriggerKinds.CalendarInterval =>
                $"every {trigger.Days} days at {trigger.TimeOfDay} ({trigger.TimeZone ?? "UTC"})",
            TriggerKinds.AnyOf or TriggerKinds.AllOf =>
                $"{trigger.Kind}({string.Join("; ", (trigger.Triggers ?? []).Select(Trigger))})",
            var kind => kind,
        };

    private static string StateOf(ScheduleView schedule) =>
        schedule.Paused ? "paused"
        : schedule.Stopped is not null ? "stopped"
        : schedule.NextNominal is not null ? "active"
        : schedule.ExcludeCalendars.Count > 0 ? "no next"
        : "ended";
}
