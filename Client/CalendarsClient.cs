using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Calendars of the client's namespace: days on which the schedules that name them do not fire.</summary>
public sealed class CalendarsClient
{
    private readonly RestConnection _connection;
    private readonly string _path;

    internal CalendarsClient(RestConnection connection)
    {
        _connection = connection;
        _path = connection.InNamespace("calendars");
    }

    /// <summary>Creates; a name that is taken is a conflict.</summary>
    public Task<CalendarView> CreateAsync(CalendarRequest calendar, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            _path,
            calendar,
            RestJson.Default.CalendarRequest,
            RestJson.Default.CalendarView,
            TimeSpan.Zero,
            cancellationToken
        );

    /// <summary>Creates or replaces.</summary>
    /// <param name="ifVersion">Only if the calendar still has this version; else <c>conflict</c> with status
    /// 412.</param>
    public Task<CalendarView> PutAsync(
        CalendarRequest calendar,
        int? ifVersion = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PutAsync(
            Of(calendar.Name),
            calendar,
            RestJson.Default.CalendarRequest,
            RestJson.Default.CalendarView,
            ifVersion is { } version ? $"\"{version}\"" : null,
            cancellationToken
        );

    public Task<CalendarView> GetAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(Of(name), RestJson.Default.CalendarView, cancellationToken);

    /// <summary>Reads one page of the calendars, in order of name.</summary>
    public Task<Page<CalendarView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString(_path).Add("limit", limit).Add("cursor", cursor).ToString(),
            RestJson.Default.PageCalendarView,
            cancellationToken
        );

    /// <summary>Every page, as it is read.</summary>
    public IAsyncEnumerable<CalendarView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);

    /// <summary>Deletes; a conflict while a schedule names it.</summary>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.TellAsync(HttpMethod.Delete, Of(name), null, cancellationToken);

    private string Of(string name) => $"{_path}/{Uri.EscapeDataString(name)}";
}
