using System.Text;
using System.Text.Json;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Schedules.Forecasts;
using ScheduleZero.Broker.Host.Api.Calendars;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Host.Api.Schedules.Simulating;

/// <summary>One schedule to simulate, saved or not, with the part of its past that counts.</summary>
/// <param name="Occurrences">The jobs that the schedule has made.</param>
/// <param name="Origin">When the schedule was created, which is where an interval without a start begins.</param>
internal sealed record SimulationSubject(
    ScheduleRequest Request,
    DateTimeOffset? ResumeAt,
    long Occurrences,
    DateTimeOffset Origin
)
{
    public static SimulationSubject Of(Schedule saved) =>
        new(ScheduleViews.RequestOf(saved), saved.ResumeAt, saved.Occurrences, saved.CreatedAt);

    /// <summary>
    /// The schedule as saving the request would make it. The past of the saved schedule of that name counts on.
    /// </summary>
    public static SimulationSubject Of(ScheduleRequest request, Schedule? saved, DateTimeOffset now) =>
        new(request, null, saved?.Occurrences ?? 0, saved?.CreatedAt ?? now);

    public Forecasted Ready(CalendarSet calendars)
    {
        var request = Request;
        // A schedule whose trigger or calendars are not understood here stands still, whether it is saved or not.
        var clock = calendars.Problem(request.ExcludeCalendars) is null
            ? TriggerClock.TryCreate(request.Trigger, Origin, out _)
            : null;
        var isPaused = request.Paused == true;
        var from = Later(request.StartAt, isPaused ? ResumeAt ?? DateTimeOffset.MaxValue : null);
        long? most = request.MaxOccurrences is { } max ? Math.Max(0, max - Occurrences) : null;
        return new Forecasted(
            request.Name,
            TimingOf(request, from, most),
            clock ?? TriggerClock.Never,
            clock is null ? Exclusions.None : calendars.Of(request.ExcludeCalendars),
            from,
            request.EndAt,
            most,
            request.Job.Handler,
            request.Job.Concurrency?.Key,
            request.Job.Concurrency?.Limit ?? 1,
            request.Jitter > TimeSpan.Zero
        );
    }

    // A text of everything that decides when the schedule is due, and of nothing else. Schedules with the same text are
    // forecast together.
    private string TimingOf(ScheduleRequest request, DateTimeOffset? from, long? most)
    {
        var text = new StringBuilder(
            Encoding.UTF8.GetString(
                JsonSerializer.SerializeToUtf8Bytes(request.Trigger, RestJson.Default.TriggerRequest)
            )
        );
        text.Append('\n').Append(from?.UtcTicks).Append('\n').Append(request.EndAt?.UtcTicks).Append('\n').Append(most);
        text.Append('\n').AppendJoin(',', request.ExcludeCalendars ?? []);
        return request.Trigger.Kind is TriggerKinds.Cron or TriggerKinds.Once
            ? text.ToString()
            : text.Append('\n').Append(Origin.UtcTicks).ToString();
    }

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null || other > one ? other ?? one : one;
}
