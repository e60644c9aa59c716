using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Calendars;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Schedules.Simulating;

/// <summary>
/// Serves simulations of what schedules would do. The loop only gives a snapshot; all the work is done on other
/// threads.
/// </summary>
internal sealed class SimulationApi(IBrokerInputs inputs, ScheduleDrafts drafts, SimulationGate gate, TimeProvider time)
{
    private const int RetryAfterSeconds = 5;

    private static readonly TimeSpan RangeDefault = TimeSpan.FromDays(30);

    public void Map(RouteGroupBuilder group) =>
        group
            .MapPost("/schedules/simulate", SimulateAsync)
            .Demand(Permissions.SchedulesRead, isScoped: true)
            .WithMetadata(new BodyLimit(BodyLimit.BatchBytesMax))
            .Accepts<SimulationRequest>("application/json")
            .Produces<SimulationAnswer>()
            .Describe(
                "simulateSchedules",
                "Simulate schedules",
                "What saved schedules, or schedules as if they were saved, would do: starts by hour, "
                    + "collisions, changes of the clocks, and what differs from what is saved. One at a time of each "
                    + "caller.",
                400,
                404,
                413,
                415,
                503
            );

    private async Task<IResult> SimulateAsync(string ns, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(
            http,
            RestJson.Default.SimulationRequest,
            BodyLimit.BatchBytesMax,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var request = body.Value;
        var now = time.GetUtcNow();
        var from = WholeSecond(request.From ?? now);
        var to = request.To?.ToUniversalTime() ?? from + RangeDefault;
        if ((SimulationRequestValidator.Instance.Check(request) ?? CheckRange(from, to)) is { } problem)
        {
            return problem;
        }

        // The place is occupied only after the body has come, so that a slow sender does not shut others out.
        using var place = gate.TryEnter(Caller.Of(http).Partition);
        if (place is null)
        {
            return OneAtATime;
        }

        var scope = NameScope.Of(http);
        var (all, calendars) = await inputs.ReadAsync(
            state => (state.Schedules(ns), state.Calendars(ns)),
            cancellationToken
        );
        // The work runs on the thread pool, checks included, since they take as long as the forecast.
        return await Task.Run(
            () =>
                Simulate(
                    request,
                    [.. all.Where(schedule => scope.Opens(schedule.Name))],
                    new CalendarSet(calendars),
                    from,
                    to,
                    now,
                    cancellationToken
                ),
            cancellationToken
        );
    }

    private static ProblemAnswer OneAtATime { get; } =
        Problems.RateLimited(
            "A simulation of this caller runs already, or as many as may; ask again when it has ended.",
            RetryAfterSeconds
        );

    private static ProblemAnswer? CheckRange(DateTimeOffset from, DateTimeOffset to) =>
        to <= from || to - from > Limits.SimulationRangeMax
            ? Problems.Invalid(
                "to",
                $"An instant after the first is needed, at most {Limits.SimulationRangeMax.TotalDays:0} days after it."
            )
            : null;

    private IResult Simulate(
        SimulationRequest request,
        IReadOnlyList<Schedule> saved,
        CalendarSet calendars,
        DateTimeOffset from,
        DateTimeOffset to,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        if (
            request.Names?.Except(saved.Select(schedule => schedule.Name), StringComparer.Ordinal).FirstOrDefault() is
            { } unknown
        )
        {
            return Problems.Invalid("names", $"There is no schedule \"{unknown}\" in this namespace.");
        }

        for (var i = 0; i < request.Schedules?.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Check(request.Schedules[i], $"schedules[{i}].", calendars, now) is { } problem)
            {
                return problem;
            }
        }

        return Answers.Json(
            new Simulation(saved, calendars, drafts, now).Run(request, from, to, cancellationToken),
            RestJson.Default.SimulationAnswer
        );
    }

    private static ProblemAnswer? Check(
        ScheduleRequest schedule,
        string prefix,
        CalendarSet calendars,
        DateTimeOffset now
    ) =>
        ScheduleRequestValidator.Instance.Check(schedule, prefix)
        ?? TriggerCheck.Check(schedule.Trigger, now, out _, prefix)
        ?? (
            calendars.Unknown(schedule.ExcludeCalendars) is { } unknown
                ? Problems.Invalid(
                    $"{prefix}excludeCalendars",
                    $"There is no calendar \"{unknown}\" in this namespace."
                )
                : null
        );

    private static DateTimeOffset WholeSecond(DateTimeOffset at) =>
        new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
