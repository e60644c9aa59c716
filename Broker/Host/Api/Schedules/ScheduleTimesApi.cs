using System.Text;
using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Calendars;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Throttling;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Host.Api.Schedules;

/// <summary>Shows when schedules will be due, how past instants were served, and the versions of schedules.</summary>
internal sealed class ScheduleTimesApi(IBrokerInputs inputs, IHistoryReader store, TimeProvider time)
{
    private const string Over = "-";

    public void Map(RouteGroupBuilder group)
    {
        group
            .MapPost("/schedules/preview", PreviewUnsavedAsync)
            .Demand(Permissions.SchedulesRead, isScoped: true)
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax))
            .WithMetadata(new ReadsByPost())
            .Accepts<PreviewRequest>("application/json")
            .Produces<PreviewAnswer>()
            .Describe(
                "previewTrigger",
                "Preview a trigger that is not saved",
                "From now, or from the given instant.",
                400,
                413,
                415
            );
        group
            .MapGet("/schedules/{name}/preview", PreviewSavedAsync)
            .Demand(Permissions.SchedulesRead)
            .Produces<PreviewAnswer>()
            .Describe(
                "previewSchedule",
                "Preview a schedule",
                "Its next instants, and why any of them would make no job. A conflict while it stands still.",
                400,
                404,
                409,
                503
            );
        group
            .MapGet("/schedules/{name}/occurrences", OccurrencesAsync)
            .Demand(Permissions.SchedulesRead)
            .Produces<Page<OccurrenceView>>()
            .Describe(
                "listOccurrences",
                "List a schedule's occurrences",
                "The jobs it made and the instants it missed, newest first within a page. Missed instants that "
                    + "follow each other for one reason are one item, with to and count. A page may be short and "
                    + "still have a next one.",
                400,
                404,
                503
            );
        group
            .MapGet("/schedules/{name}/explain", ExplainAsync)
            .Demand(Permissions.SchedulesRead)
            .Produces<ScheduleExplanation>()
            .Describe(
                "explainSchedule",
                "Explain what a schedule waits for",
                "The gates that its next occurrence has passed, and as the last the one that holds it, with "
                    + "what will open it.",
                404,
                503
            );
        group
            .MapGet("/schedules/{name}/versions", VersionsAsync)
            .Demand(Permissions.SchedulesRead)
            .Produces<Page<ScheduleVersionView>>()
            .Describe(
                "listScheduleVersions",
                "List a schedule's versions",
                "Newest first, each with what it changed. The newest 50 are kept.",
                400,
                404,
                503
            );
    }

    private async Task<IResult> PreviewUnsavedAsync(string ns, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(
            http,
            RestJson.Default.PreviewRequest,
            BodyLimit.SmallBytesMax,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var now = time.GetUtcNow();
        var request = body.Value;
        if (PreviewRequestValidator.Instance.Check(request) is { } problem)
        {
            return problem;
        }

        if (TriggerCheck.Check(request.Trigger, now, out var clock) is { } senseless)
        {
            return senseless;
        }

        var calendars = await inputs.ReadAsync(
            state => CalendarSet.Of(state, ns, request.ExcludeCalendars),
            cancellationToken
        );
        return calendars.Unknown(request.ExcludeCalendars) is { } unknown
                ? Problems.Invalid("excludeCalendars", $"There is no calendar \"{unknown}\" in this namespace.")
            : calendars.Problem(request.ExcludeCalendars) is { } notUnderstood
                ? Problems.Invalid("excludeCalendars", notUnderstood)
            : Answers.Json(
                SchedulePreviews.Preview(
                    clock!,
                    calendars.Of(request.ExcludeCalendars),
                    request.Count,
                    request.From ?? now,
                    request.To
                ) with
                {
                    Warning = TriggerClock.WarningOf(request.Trigger),
                },
                RestJson.Default.PreviewAnswer
            );
    }

    private async Task<IResult> ExplainAsync(string ns, string name, CancellationToken cancellationToken) =>
        await inputs.ReadAsync(state => state.ExplainSchedule(ns, name), cancellationToken) is { } explanation
            ? Answers.Json(explanation, RestJson.Default.ScheduleExplanation)
            : Problems.NoSuchSchedule;

    private async Task<IResult> PreviewSavedAsync(
        string ns,
        string name,
        [FromQuery] string? count,
        CancellationToken cancellationToken
    )
    {
        if (PreviewQueryValidator.Instance.Check(new PreviewQuery(count)) is { } problem)
        {
            return problem;
        }

        var (schedule, calendars) = await inputs.ReadAsync(
            state =>
                state.FindSchedule(ns, name) is { } found
                    ? (found, CalendarSet.Of(state, ns, found.ExcludeCalendars))
                    : default,
            cancellationToken
        );
        return schedule is { Stopped: { } why } ? Problems.StandsStill(why)
            : schedule is not null
                ? Answers.Json(
                    SchedulePreviews.Preview(
                        schedule,
                        calendars.Of(schedule.ExcludeCalendars),
                        QueryText.Number(count) ?? 10,
                        time.GetUtcNow()
                    ),
                    RestJson.Default.PreviewAnswer
                )
            : Problems.NoSuchSchedule;
    }

    private Task<IResult> OccurrencesAsync(
        string ns,
        string name,
        [AsParameters] PageQuery query,
        CancellationToken cancellationToken
    ) =>
        BadCursor.GuardAsync(async () =>
        {
            if (PageQueryValidator.Instance.Check(query) is { } problem)
            {
                return problem;
            }

            return await inputs.ReadAsync(state => state.FindSchedule(ns, name), cancellationToken) is { } schedule
                ? Answers.Json(
                    await ReadOccurrencesAsync(schedule, query, cancellationToken),
                    RestJson.Default.PageOccurrenceView
                )
                : Problems.NoSuchSchedule;
        });

    private Task<IResult> VersionsAsync(
        string ns,
        string name,
        [AsParameters] PageQuery query,
        CancellationToken cancellationToken
    ) =>
        BadCursor.GuardAsync(async () =>
        {
            if (PageQueryValidator.Instance.Check(query) is { } problem)
            {
                return problem;
            }

            return await inputs.ReadAsync(state => state.FindSchedule(ns, name), cancellationToken) is { } schedule
                ? Answers.Json(
                    await ReadVersionsAsync(schedule, query, cancellationToken),
                    RestJson.Default.PageScheduleVersionView
                )
                : Problems.NoSuchSchedule;
        });

    private async Task<Page<ScheduleVersionView>> ReadVersionsAsync(
        Schedule schedule,
        IPageQuery query,
        CancellationToken cancellationToken
    )
    {
        var page = await store.SearchVersionsAsync(
            schedule.Id,
            query.LimitOrDefault(),
            query.Cursor,
            cancellationToken
        );
        // The last version of a page is compared with the first version of the next page, so that is read too.
        var beyond = page.NextCursor is null
            ? null
            : (await store.SearchVersionsAsync(schedule.Id, 1, page.NextCursor, cancellationToken)).Items;
        var views = page.Items.Select(
            (version, i) =>
                ScheduleViews.VersionOf(
                    version,
                    i + 1 < page.Items.Count ? page.Items[i + 1]
                        : beyond is [var before] ? before
                        : null
                )
        );
        return new Page<ScheduleVersionView>([.. views], page.NextCursor);
    }

    // Jobs and missed instants are in two collections of the store, so the cursor holds a place in each.
    private async Task<Page<OccurrenceView>> ReadOccurrencesAsync(
        Schedule schedule,
        IPageQuery query,
        CancellationToken cancellationToken
    )
    {
        var (jobsCursor, missedCursor) = ReadCursor(query.Cursor);
        var half = Math.Max(1, query.LimitOrDefault() / 2);
        var items = new List<OccurrenceView>();
        if (jobsCursor != Over)
        {
            var search = new JobSearch
            {
                Namespace = schedule.Namespace,
                Schedule = schedule.Name,
                Limit = half,
                Cursor = jobsCursor,
                Now = time.GetUtcNow(),
            };
            var made = await store.SearchJobsAsync(search, cancellationToken);
            jobsCursor = made.NextCursor ?? Over;
            items.AddRange(
                made.Items.Where(stored => stored.Job.Occurrence?.ScheduleId == schedule.Id)
                    .Select(stored => new OccurrenceView(stored.Job.Occurrence!.Nominal, stored.Job.Id, null))
            );
        }

        if (missedCursor != Over)
        {
            var missed = await store.SearchMissedAsync(schedule.Id, half, missedCursor, cancellationToken);
            missedCursor = missed.NextCursor ?? Over;
            items.AddRange(
                missed.Items.Select(row => new OccurrenceView(
                    row.Nominal,
                    null,
                    row.Reason,
                    row.To,
                    row.To is null ? null : row.Count
                ))
            );
        }

        items.Sort((x, y) => y.Nominal.CompareTo(x.Nominal));
        return new Page<OccurrenceView>(
            items,
            jobsCursor == Over && missedCursor == Over ? null : WriteCursor(jobsCursor, missedCursor)
        );
    }

    private static string WriteCursor(string? jobs, string? missed) =>
        WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes($"{jobs}\n{missed}"));

    private static (string? Jobs, string? Missed) ReadCursor(string? cursor)
    {
        if (cursor is null)
        {
            return (null, null);
        }

        var parts = Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(cursor)).Split('\n');
        return parts.Length == 2
            ? (NullIfEmpty(parts[0]), NullIfEmpty(parts[1]))
            : throw new FormatException("Two places are needed.");
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}

internal sealed record PreviewQuery(string? Count);

internal sealed class PreviewQueryValidator : AbstractValidator<PreviewQuery>
{
    public PreviewQueryValidator()
    {
        RuleFor(query => query.Count).NumberWithin(1, SchedulePreviews.CountMax);
    }

    public static PreviewQueryValidator Instance { get; } = new();
}
