using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Handlers of the client's namespace and the methods that they offer.</summary>
public sealed class HandlersClient
{
    private readonly RestConnection _connection;
    private readonly string _path;

    internal HandlersClient(RestConnection connection)
    {
        _connection = connection;
        _path = connection.InNamespace("handlers");
    }

    /// <summary>Reads one page of the handlers.</summary>
    public Task<Page<HandlerView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => _connection.ListAsync(_path, limit, cursor, RestJson.Default.PageHandlerView, cancellationToken);

    /// <summary>Lists all handlers, reading page after page.</summary>
    public IAsyncEnumerable<HandlerView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);

    public Task<HandlerView> GetAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(Of(name), RestJson.Default.HandlerView, cancellationToken);

    /// <summary>Reads one page of the methods that can run now, each with the handlers that offer it.</summary>
    public Task<Page<MethodView>> MethodsAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.ListAsync(
            _connection.InNamespace("methods"),
            limit,
            cursor,
            RestJson.Default.PageMethodView,
            cancellationToken
        );

    /// <summary>Drains a handler: the handler gets no new work, and its open attempts go on.</summary>
    public Task DrainAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.TellAsync($"{Of(name)}/drain", cancellationToken);

    /// <summary>Ends the drain of a handler.</summary>
    public Task ResumeAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.TellAsync($"{Of(name)}/resume", cancellationToken);

    /// <summary>Closes the connections of a handler. A sound handler comes back at once, with its attempts.</summary>
    public Task DisconnectAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.TellAsync($"{Of(name)}/disconnect", cancellationToken);

    private string Of(string name) => $"{_path}/{Uri.EscapeDataString(name)}";
}
