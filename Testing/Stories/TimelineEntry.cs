using System.Globalization;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Testing;

/// <summary>Something that happened in a simulation.</summary>
/// <param name="At">By the Broker's clock.</param>
/// <param name="What">Such as <c>job.succeeded</c>, <c>schedule.fired</c> or <c>broker.killed</c>.</param>
/// <param name="Subject">A job's method; a schedule's or handler's name.</param>
public sealed record TimelineEntry(
    DateTimeOffset At,
    string What,
    string Subject,
    JobId? Job = null,
    string? Handler = null,
    string? Detail = null
)
{
    /// <summary>One line.</summary>
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
