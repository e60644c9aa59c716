using System.Globalization;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Testing;

/// <summary>Something that happened in a simulation.</summary>
/// <param name="At">The instant, by the Broker's clock.</param>
/// <param name="What">The type of the event, such as <c>job.succeeded</c>, <c>schedule.fired</c> or
/// <c>broker.killed</c>.</param>
/// <param name="Subject">The method of a job, or the name of a schedule or handler.</param>
public sealed record TimelineEntry(
    DateTimeOffset At,
    string What,
    string Subject,
    JobId? Job = null,
    string? Handler = null,
    string? Detail = null
)
{
    /// <summary>Writes the entry as one line.</summary>
    public override string ToString()
    {
        var on = Handler is null || Handler == Subject ? "" : $"  on {Handler}";
        var job = Job is { } id ? $"  {id}" : "";
        var detail = Detail is null ? "" : $"  {Detail}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{At.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}Z  {What, -22}  {Subject}{on}{job}{detail}"
        );
    }
}
