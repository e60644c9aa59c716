using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>A choice of handlers. A field that is not set does not restrict the choice.</summary>
public sealed record HandlerFilter
{
    /// <summary>Only handlers that have this text in what a list shows of them; case does not count.</summary>
    public string? Text { get; init; }

    /// <summary>Only handlers that offer this method, or did when they were connected last.</summary>
    public string? Method { get; init; }

    public string? Group { get; init; }

    /// <summary>Only handlers with this label, as <c>rack</c> or as <c>rack=b12</c>.</summary>
    public string? Label { get; init; }

    /// <summary>Only handlers whose software, with its version, has this text; case does not count.</summary>
    public string? Agent { get; init; }

    /// <summary>Only handlers that are connected through the Bridge of this name.</summary>
    public string? Bridge { get; init; }

    public bool? Online { get; init; }

    public bool? Drained { get; init; }

    internal QueryString ToQuery(string path) =>
        new QueryString(path)
            .Add("q", Text)
            .Add("method", Method)
            .Add("group", Group)
            .Add("label", Label)
            .Add("agent", Agent)
            .Add("bridge", Bridge)
            .Add("online", Flag(Online))
            .Add("drained", Flag(Drained));

    private static string? Flag(bool? flag) =>
        flag switch
        {
            null => null,
            true => "true",
            false => "false",
        };
}

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

    /// <summary>Reads one page of the handlers that the filter chooses.</summary>
    public Task<Page<HandlerView>> ListAsync(
        HandlerFilter filter,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(filter);
        return _connection.GetAsync(
            filter.ToQuery(_path).Add("limit", limit).Add("cursor", cursor).ToString(),
            RestJson.Default.PageHandlerView,
            cancellationToken
        );
    }

    /// <summary>Lists all handlers, reading page after page.</summary>
    public IAsyncEnumerable<HandlerView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);

    public Task<HandlerView> GetAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(Of(name), RestJson.Default.HandlerView, cancellationToken);

    /// <summary>
    /// Reads one page of a handler's connections, newest first: those that stand, and the last ended ones.
    /// </summary>
    public Task<Page<HandlerConnectionView>> ConnectionsAsync(
        string name,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.ListAsync(
            $"{Of(name)}/connections",
            limit,
            cursor,
            RestJson.Default.PageHandlerConnectionView,
            cancellationToken
        );

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

    /// <summary>
    /// Deletes what the Broker knows of a handler that is not connected. The handler's keys stay valid.
    /// </summary>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync(Of(name), cancellationToken);

    private string Of(string name) => $"{_path}/{Uri.EscapeDataString(name)}";
}
