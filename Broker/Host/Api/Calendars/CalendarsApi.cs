using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Calendars;

/// <summary>Serves calendars, on whose days schedules do not fire.</summary>
internal sealed class CalendarsApi(IBrokerInputs inputs, TimeProvider time)
{
    // JSON writes a line break of the file in two characters, and a character beyond ASCII in up to six bytes.
    private const long BytesMax = (2 * Limits.IcsCharactersMax) + (4 * BodyLimit.SmallBytesMax);

    private const string ZoneDefault = "UTC";

    public void Map(RouteGroupBuilder group)
    {
        group
            .MapPost("/calendars", CreateAsync)
            .Demand(Permissions.CalendarsWrite, isScoped: true)
            .WithMetadata(new BodyLimit(BytesMax))
            .Accepts<CalendarRequest>("application/json")
            .Produces<CalendarView>(201)
            .Describe(
                "createCalendar",
                "Create a calendar",
                "A calendar of that name is a conflict.",
                400,
                409,
                413,
                415,
                503,
                507
            );
        group
            .MapGet("/calendars", ListAsync)
            .Demand(Permissions.CalendarsRead, isScoped: true)
            .Produces<Page<CalendarView>>()
            .Describe("listCalendars", "List calendars", "In order of name.", 400, 503);
        group
            .MapGet("/calendars/{name}", GetAsync)
            .Demand(Permissions.CalendarsRead)
            .Conditional()
            .Produces<CalendarView>()
            .Describe("getCalendar", "Get a calendar", "ETag is its version.", 404, 503);
        group
            .MapPut("/calendars/{name}", PutAsync)
            .Demand(Permissions.CalendarsWrite)
            .Conditional()
            .WithMetadata(new BodyLimit(BytesMax))
            .Accepts<CalendarRequest>("application/json")
            .Produces<CalendarView>()
            .Produces<CalendarView>(201)
            .Describe(
                "putCalendar",
                "Save a calendar",
                "Replaces the days of the calendar, or makes it. Schedules that name it have their next "
                    + "instant worked out anew.",
                400,
                409,
                412,
                413,
                415,
                503,
                507
            );
        group
            .MapDelete("/calendars/{name}", DeleteAsync)
            .Demand(Permissions.CalendarsWrite)
            .Conditional()
            .Produces(204)
            .Describe("deleteCalendar", "Delete a calendar", "A conflict while a schedule names it.", 404, 409, 503);
    }

    private async Task<IResult> CreateAsync(string ns, HttpContext http, CancellationToken cancellationToken)
    {
        var (draft, problem) = await ReadAsync(ns, name: null, http, cancellationToken);
        return problem ?? await SaveAsync(draft!, isNew: true, http, cancellationToken);
    }

    private async Task<IResult> PutAsync(string ns, string name, HttpContext http, CancellationToken cancellationToken)
    {
        var (draft, problem) = await ReadAsync(ns, name, http, cancellationToken);
        return problem ?? await SaveAsync(draft!, isNew: false, http, cancellationToken);
    }

    private async Task<(CalendarRecord? Draft, ProblemAnswer? Problem)> ReadAsync(
        string ns,
        string? name,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var body = await RequestBody.ReadAsync(http, RestJson.Default.CalendarRequest, BytesMax, cancellationToken);
        if (!body.HasValue)
        {
            return (null, body.Problem);
        }

        var request = body.Value;
        var problem =
            CalendarRequestValidator.Instance.Check(request)
            ?? (name is null || name == request.Name ? null : Problems.Invalid("name", $"The address says \"{name}\"."))
            ?? (
                name is null && !NameScope.Of(http).Opens(request.Name)
                    ? AccessProblems.MissingPermission(Permissions.CalendarsWrite, ns, request.Name)
                    : null
            );
        return problem is null ? Draft(request, ns, Caller.Of(http).Name) : (null, problem);
    }

    private (CalendarRecord? Draft, ProblemAnswer? Problem) Draft(CalendarRequest request, string ns, string by)
    {
        var now = time.GetUtcNow();
        IcsDays? imported = null;
        if (request.Ics is { } ics)
        {
            imported = IcsImport.Read(
                ics,
                TimeZoneInfo.FindSystemTimeZoneById(request.TimeZone ?? ZoneDefault),
                DateOnly.FromDateTime(now.UtcDateTime),
                out var reason
            );
            if (imported is null)
            {
                return (null, Problems.Invalid("ics", reason!));
            }
        }

        var draft = Record(request, imported, ns, by, now);
        return draft.Dates.Count + draft.Ranges.Count > Limits.CalendarDaysMax
            ? (
                null,
                Problems.Invalid(
                    "dates",
                    $"At most {Limits.CalendarDaysMax} dates and ranges may stand in a calendar, those of its "
                        + "file included."
                )
            )
            : (draft, null);
    }

    private static CalendarRecord Record(
        CalendarRequest request,
        IcsDays? imported,
        string ns,
        string by,
        DateTimeOffset now
    ) =>
        new()
        {
            Namespace = ns,
            Name = request.Name,
            Version = 0,
            Description = request.Description,
            TimeZone = request.TimeZone ?? ZoneDefault,
            Dates = [.. (request.Dates ?? []).Concat(imported?.Dates ?? []).Distinct().Order()],
            Ranges =
            [
                .. (request.Ranges ?? [])
                    .Concat(imported?.Ranges ?? [])
                    .Distinct()
                    .OrderBy(range => range.From)
                    .ThenBy(range => range.To),
            ],
            Weekdays = request.Weekdays ?? [],
            ImportedUntil = imported?.Until,
            ImportNotes = imported is { Notes.Count: > 0 } ? imported.Notes : null,
            CreatedAt = now,
            ChangedAt = now,
            CreatedBy = by,
            ChangedBy = by,
        };

    private async Task<IResult> SaveAsync(
        CalendarRecord draft,
        bool isNew,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var note = NoteOf(http, "calendars:save", draft.Namespace, draft.Name);
        var condition = isNew ? null : Conditions.Of(http).Version;
        var answer = await inputs.AskAsync(
            ticket => new BrokerInput.SaveCalendar(ticket, draft, isNew, ExpectedVersion: null)
            {
                Audit = note,
                Condition = condition,
            },
            cancellationToken
        );
        return Answers.Show<Answer.CalendarIs>(answer, saved => Saved(http, saved.Calendar));
    }

    private static AuditNote NoteOf(HttpContext http, string action, string ns, string name) =>
        AuditNotes.Of(http, action, ns, $"calendar:{name}");

    private static IResult Saved(HttpContext http, CalendarRecord calendar)
    {
        var status = calendar.Version == 1 && http.Request.Method != HttpMethods.Get ? 201 : 200;
        if (status == 201)
        {
            http.Response.Headers.Location = $"/api/namespaces/{calendar.Namespace}/calendars/{calendar.Name}";
        }

        return Conditions.Answer(
            http,
            new EntityTag(calendar.Version),
            CalendarViews.From(calendar),
            RestJson.Default.CalendarView,
            status
        );
    }

    private Task<IResult> ListAsync(
        string ns,
        [AsParameters] PageQuery query,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var scope = NameScope.Of(http);
        return Paging.AnswerAsync(
            query,
            () =>
                inputs.ReadAsync(
                    state => state.Calendars(ns).Where(calendar => scope.Opens(calendar.Name)).ToArray(),
                    cancellationToken
                ),
            calendar => calendar.Name,
            CalendarViews.From,
            RestJson.Default.PageCalendarView
        );
    }

    private async Task<IResult> GetAsync(
        string ns,
        string name,
        HttpContext http,
        CancellationToken cancellationToken
    ) =>
        await inputs.ReadAsync(state => state.FindCalendar(ns, name), cancellationToken) is { } calendar
            ? Saved(http, calendar)
            : Problems.NoSuchCalendar;

    private async Task<IResult> DeleteAsync(
        string ns,
        string name,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var note = NoteOf(http, "calendars:delete", ns, name);
        var condition = Conditions.Of(http).Version;
        return Answers.NoContent(
            await inputs.AskAsync(
                ticket => new BrokerInput.DeleteCalendar(ticket, ns, name) { Audit = note, Condition = condition },
                cancellationToken
            )
        );
    }
}
