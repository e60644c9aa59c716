using System.Globalization;
using System.Text;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Testing.Stories;

/// <summary>Tells a job's life in words, for whoever reads why a test failed.</summary>
internal static class JobStory
{
    public static void Append(StringBuilder story, JobView job, IReadOnlyList<AttemptView> attempts)
    {
        var made = job.Schedule is { } schedule ? $", due at {schedule.Nominal:u} by schedule {schedule.Name}" : "";
        Line(
            story,
            $"Job {job.Id} ({job.Method}){made}: {job.State} after {job.Attempts} of {job.Retry.MaxAttempts} attempts."
        );
        if (job.Error is { } error)
        {
            Line(story, $"  error      {error.Type}: {error.Message}");
        }

        foreach (var attempt in attempts)
        {
            var outcome = attempt.Outcome?.ToString() ?? "under way";
            var why = attempt.Error is { } failure ? $"  {failure.Type}: {failure.Message}" : "";
            var when = $"{attempt.AssignedAt:u} – {attempt.FinishedAt:u}";
            Line(story, $"  attempt {attempt.Number}  {when}  {attempt.Handler}  {outcome}{why}");
        }
    }

    public static void Append(StringBuilder story, LogLine line) =>
        Line(story, $"  log        {line.At:u}  {line.Level}: {line.Message}");

    public static void Append(StringBuilder story, IEnumerable<TimelineEntry> entries)
    {
        foreach (var entry in entries)
        {
            Line(story, $"  {entry}");
        }
    }

    private static void Line(StringBuilder story, FormattableString text) =>
        story.AppendLine(text.ToString(CultureInfo.InvariantCulture));
}
