using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Calendars;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Host.Api.Schedules;

/// <summary>
/// Serves backfills, which make jobs for a range of a schedule's past. A schedule remembers its newest backfill.
/// </summary>
internal sealed class BackfillsApi(IBrokerInputs inputs, IHistoryReader store, TimeProvider time)
{
    public void Map(RouteGroupBuilder group)
    {
        group
            .MapPost("/schedules/{name}/backfill", PlanAsync)
            .Demand(Permissions.SchedulesTrigger)
            .Conditional()
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax))
            .Accepts<BackfillRequest>("application/json")
            .Produces<BackfillView>()
            .Produces<BackfillView>(202)
            .Describe(
                "backfillSchedule",
                "Make up for a range of the past",
                "Each instant in it gets a job, unless it has one. dryRun answers 200 with what it would do. "
                    + "One at a time.",
                400,
                404,
                409,
                413,
                415,
                503,
                507
            );
        group
            .MapGet("/schedules/{name}/backfill", GetAsync)
            .Demand(Permissions.SchedulesRead)
            .Produces<BackfillView>()
            .Describe("getBackfill", "Get a schedule's newest backfill", "How far it has come.", 404, 503);
        group
            .MapDelete("/schedules/{name}/backfill", CancelAsync)
            .Demand(Permissions.SchedulesTrigger)
            .Conditional()
            .Produces<BackfillView>()
            .Describe("cancelBackfill", "Cancel a backfill", "The jobs that it has made stay.", 404, 409, 503);
    }

    private async Task<IResult> PlanAsync(string ns, string name, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.BackfillRequest,
            BackfillRequestValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var (schedule, calendars) = await inputs.ReadAsync(
            state =>
                state.FindSchedule(ns, name) is { } found
                    ? (found, CalendarSet.Of(state, ns, found.ExcludeCalendars))
                    : default,
            cancellationToken
        );
        if (schedule is null)
        {
            return Problems.NoSuchSchedule;
        }

        if (schedule.Stopped is { } why)
        {
            return Problems.StandsStill(why);
        }

        var plan = BackfillPlan.Of(
            schedule,
            calendars.Of(schedule.ExcludeCalendars),
            body.Value,
            time.GetUtcNow(),
            cancellationToken
        );
        if (plan.Problem is not null)
        {
            return plan.Problem;
        }

        return body.Value.DryRun
            ? Conditions.Of(http).Check(schedule.Version) as IResult
                ?? Answers.Json(await PreviewAsync(schedule, plan, cancellationToken), RestJson.Default.BackfillView)
            : await BeginAsync(schedule, plan, http, cancellationToken);
    }

    private Task<IResult> BeginAsync(
        Schedule schedule,
        BackfillPlan plan,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var (by, condition) = (Caller.Of(http).Name, Conditions.Of(http).Version);
        return AskAsync(
            ticket => new BrokerInput.BackfillSchedule(
                ticket,
                schedule.Namespace,
                schedule.Name,
                schedule.Version,
                plan.From,
                plan.To,
                plan.Instants.Count,
                plan.Overlap,
                by
            )
            {
                Condition = condition,
            },
            AuditNotes.Of(http, "schedules:backfill", schedule.Namespace, $"schedule:{schedule.Name}") with
            {
                Reason = $"{plan.From:O} to {plan.To:O}",
            },
            202,
            cancellationToken
        );
    }

    private async Task<BackfillView> PreviewAsync(
        Schedule schedule,
        BackfillPlan plan,
        CancellationToken cancellationToken
    )
    {
        var present = 0L;
        foreach (var portion in plan.Instants.Chunk(1000))
        {
            present += (
                await store.FindPresentAsync(
                    [.. portion.Select(instant => OccurrenceId.Of(schedule.Id, instant))],
                    cancellationToken
                )
            ).Count;
        }

        return new BackfillView
        {
            State = BackfillState.Planned,
            From = plan.From,
            To = plan.To,
            Overlap = plan.Overlap,
            Total = plan.Instants.Count,
            Made = 0,
            Present = present,
            First = plan.Instants[0],
            Last = plan.Instants[^1],
        };
    }

    private async Task<IResult> GetAsync(string ns, string name, CancellationToken cancellationToken) =>
        await inputs.ReadAsync(state => state.FindSchedule(ns, name), cancellationToken) switch
        {
            null => Problems.NoSuchSchedule,
            { Backfill: { } backfill } => Answers.Json(ViewOf(backfill), RestJson.Default.BackfillView),
            _ => new ProblemAnswer(404, ErrorCodes.NotFound, "This schedule has had no backfill."),
        };

    private Task<IResult> CancelAsync(string ns, string name, HttpContext http, CancellationToken cancellationToken)
    {
        var by = Caller.Of(http).Name;
        var note = AuditNotes.Of(http, "schedules:cancelBackfill", ns, $"schedule:{name}");
        var condition = Conditions.Of(http).Version;
        return AskAsync(
            ticket => new BrokerInput.CancelBackfill(ticket, ns, name, by) { Condition = condition },
            note,
            200,
            cancellationToken
        );
    }

    private async Task<IResult> AskAsync(
        Func<Ticket, BrokerInput.Request> input,
        AuditNote note,
        int status,
        CancellationToken cancellationToken
    ) =>
        await inputs.AskAsync(ticket => input(ticket) with { Audit = note }, cancellationToken) switch
        {
            Answer.ScheduleIs { Schedule.Backfill: { } backfill } => Answers.Json(
                ViewOf(backfill),
                RestJson.Default.BackfillView,
                status
            ),
            Answer.Refused refused => Problems.From(refused),
            var other => throw Answers.Unexpected(other),
        };

    private static BackfillView ViewOf(Backfill backfill) =>
        new()
        {
            State =
                backfill.IsUnderWay ? BackfillState.Running
                : backfill.CancelledBy is null ? BackfillState.Finished
                : BackfillState.Cancelled,
            From = backfill.From,
            To = backfill.To,
            Overlap = backfill.Overlap,
            Total = backfill.Total,
            Made = backfill.Made,
            Present = backfill.Present,
            RequestedBy = backfill.RequestedBy,
            RequestedAt = backfill.RequestedAt,
            EndedAt = backfill.EndedAt,
            CancelledBy = backfill.CancelledBy,
        };
}
