using System.Globalization;
using System.Text.Json;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Schedules.Forecasts;
using ScheduleZero.Broker.Host.Api.Calendars;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Schedules.Simulating;

/// <summary>
/// One simulation: a forecast of the schedules asked for, and how it differs from the saved schedules.
/// </summary>
internal sealed class Simulation(
    IReadOnlyList<Schedule> saved,
    CalendarSet calendars,
    ScheduleDrafts drafts,
    DateTimeOffset now
)
{
    public const long InstantsMax = 50_000_000;

    private const int SchedulesShownMax = 500;
    private const int CollisionsShownMax = 100;
    private const int CollisionNamesMax = 10;
    private const int ClockChangesShownMax = 100;

    private readonly Dictionary<string, Schedule> _saved = saved.ToDictionary(
        schedule => schedule.Name,
        StringComparer.Ordinal
    );

    public SimulationAnswer Run(
        SimulationRequest request,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    )
    {
        var subjects = Subjects(request);
        var forecasted = subjects.ConvertAll(subject => subject.Ready(calendars));
        var forecast = Forecast.Run(forecasted, from, to, InstantsMax, () => cancellationToken.IsCancellationRequested);
        cancellationToken.ThrowIfCancellationRequested();
        var differences = request.Schedules is null
            ? []
            : Differences(request, forecasted, forecast, cancellationToken);
        var collisions = forecast.Collisions;
        return new SimulationAnswer
        {
            From = from,
            To = to,
            Until = forecast.Until,
            ScheduleCount = forecasted.Count,
            Starts = forecast.Starts,
            Schedules = [.. BusiestFirst(forecasted, forecast).Take(SchedulesShownMax)],
            Hours = forecast.Hours,
            HoursOfDay = HoursOfDay(forecast, TimeZoneInfo.FindSystemTimeZoneById(request.TimeZone ?? "UTC")),
            Peaks = [.. forecast.Peaks.Select(peak => new SimulatedPeak(peak.At, peak.Starts))],
            CollisionCount = collisions.Count,
            Collisions = [.. collisions.Take(CollisionsShownMax).Select(group => Collision(group, forecast))],
            ClockChanges =
            [
                .. ClockChangesOf(forecasted, forecast, meetTimesOnce: true)
                    .Concat(ClockChangesOf(forecasted, forecast, meetTimesOnce: false))
                    .Take(ClockChangesShownMax),
            ],
            StartsSaved = request.Schedules is null
                ? null
                : forecast.Starts - differences.Sum(difference => difference.StartsAfter - difference.StartsBefore),
            DifferenceCount = differences.Count,
            Differences =
            [
                .. differences
                    .OrderByDescending(difference => Math.Abs(difference.StartsAfter - difference.StartsBefore))
                    .ThenBy(difference => difference.Name, StringComparer.Ordinal)
                    .Take(SchedulesShownMax),
            ],
        };
    }

    private static IEnumerable<SimulatedSchedule> BusiestFirst(List<Forecasted> schedules, Forecast forecast) =>
        schedules
            .Select(schedule => (schedule.Name, Of: forecast.Of(schedule)))
            .OrderByDescending(row => row.Of.Starts)
            .ThenBy(row => row.Name, StringComparer.Ordinal)
            .Select(row => new SimulatedSchedule(row.Name, row.Of.Starts, row.Of.First, row.Of.Last));

    private List<SimulationSubject> Subjects(SimulationRequest request)
    {
        var given = request.Schedules ?? [];
        var names = given.Select(schedule => schedule.Name).ToHashSet(StringComparer.Ordinal);
        var rest =
            request.Names is { } only ? only.Select(name => _saved[name])
            : request.Prune == true ? []
            : saved.Where(schedule => !names.Contains(schedule.Name));
        return
        [
            .. given
                .Select(schedule => SimulationSubject.Of(schedule, _saved.GetValueOrDefault(schedule.Name), now))
                .Concat(rest.Select(SimulationSubject.Of)),
        ];
    }

    // Forecasts of saved schedules that stay as they are were counted already, and are used again.
    private List<SimulatedDifference> Differences(
        SimulationRequest request,
        List<Forecasted> forecasted,
        Forecast forecast,
        CancellationToken cancellationToken
    )
    {
        var given = request.Schedules!.ToDictionary(schedule => schedule.Name, StringComparer.Ordinal);
        var before = saved
            .Where(schedule =>
                given.TryGetValue(schedule.Name, out var after) ? IsChanged(schedule, after) : request.Prune == true
            )
            .ToDictionary(
                schedule => schedule.Name,
                schedule => SimulationSubject.Of(schedule).Ready(calendars),
                StringComparer.Ordinal
            );
        var past = Forecast.Run(
            [.. before.Values],
            forecast.From,
            forecast.Until,
            InstantsMax,
            () => cancellationToken.IsCancellationRequested
        );
        cancellationToken.ThrowIfCancellationRequested();
        var differences = before
            .Values.Where(schedule => !given.ContainsKey(schedule.Name))
            .Select(schedule => new SimulatedDifference(schedule.Name, "gone", past.Of(schedule).Starts, 0))
            .ToList();
        foreach (var schedule in forecasted.Where(schedule => given.ContainsKey(schedule.Name)))
        {
            if (before.TryGetValue(schedule.Name, out var old))
            {
                differences.Add(
                    new SimulatedDifference(schedule.Name, "changed", past.Of(old).Starts, forecast.Of(schedule).Starts)
                );
            }
            else if (!_saved.ContainsKey(schedule.Name))
            {
                differences.Add(new SimulatedDifference(schedule.Name, "new", 0, forecast.Of(schedule).Starts));
            }
        }

        return differences;
    }

    private bool IsChanged(Schedule before, ScheduleRequest after) =>
        ScheduleViews.Changes(before, drafts.DraftOver(before, after, now)).Count > 0;

    private static long[] HoursOfDay(Forecast forecast, TimeZoneInfo zone)
    {
        var hours = new long[24];
        for (var hour = 0; hour < forecast.Hours.Count; hour++)
        {
            hours[TimeZoneInfo.ConvertTime(forecast.From.AddHours(hour), zone).Hour] += forecast.Hours[hour];
        }

        return hours;
    }

    private static SimulatedCollision Collision(ForecastGroup group, Forecast forecast) =>
        new(
            group.Limit,
            group.Collisions,
            group.WorstAt,
            group.WorstStarts,
            forecast.NamesAt(group, group.WorstAt, CollisionNamesMax),
            group.WithJitter,
            group.IsHandler ? group.Name : null,
            group.IsHandler ? null : group.Name
        );

    // Clock changes in the zones of schedules that start, while those schedules may fire.
    private static IEnumerable<SimulatedClockChange> ClockChangesOf(
        List<Forecasted> schedules,
        Forecast forecast,
        bool meetTimesOnce
    ) =>
        schedules
            .GroupBy(schedule => schedule.Timing, StringComparer.Ordinal)
            .Where(alike => forecast.Of(alike.First()).Starts > 0)
            .SelectMany(alike =>
                ClockChanges
                    .Of(
                        alike.First().Clock,
                        Later(forecast.From, alike.First().From),
                        Earlier(forecast.Until, alike.First().To),
                        meetTimesOnce
                    )
                    .Select(change => new SimulatedClockChange(
                        change.At,
                        change.Zone,
                        Offset(change.At, change.Before),
                        Offset(change.At, change.After),
                        JsonNamingPolicy.CamelCase.ConvertName(change.Effect.ToString()),
                        change.Local.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture),
                        change.Times,
                        alike.First().Name,
                        alike.Count()
                    ))
            );

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset? other) => other > one ? other.Value : one;

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset? other) => other < one ? other.Value : one;

    private static string Offset(DateTimeOffset at, TimeSpan offset) =>
        at.ToOffset(offset).ToString("zzz", CultureInfo.InvariantCulture);
}
