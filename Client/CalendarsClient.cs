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

    /// <summary>Creates a calendar; a name that is taken is a conflict.</summary>
    public Task<CalendarView> CreateAsync(CalendarRequest calendar, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            _path,
            calendar,
            RestJson.Default.CalendarRequest,
            RestJson.Default.CalendarView,
            cancellationToken
        );

    /// <summary>Creates a calendar, or replaces the one of the same name.</summary>
    /// <param name="ifVersion">The version that may be replaced, another is <c>conflict</c> with status 412; null for
    /// any.</param>
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
            ifVersion,
            cancellationToken
        );

    public Task<CalendarView> GetAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(Of(name), RestJson.Default.CalendarView, cancellationToken);

    /// <summary>Reads one page of the calendars, in order of name.</summary>
    public Task<Page<CalendarView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => _connection.ListAsync(_path, limit, cursor, RestJson.Default.PageCalendarView, cancellationToken);

    /// <summary>Lists all calendars, in order of name, reading page after page.</summary>
    public IAsyncEnumerable<CalendarView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);

    /// <summary>Deletes a calendar; a conflict while a schedule names the calendar.</summary>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync(Of(name), cancellationToken);

    private string Of(string name) => $"{_path}/{Uri.EscapeDataString(name)}";
}
