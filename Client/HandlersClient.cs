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
    ) =>
        _connection.GetAsync(
            new QueryString(_path).Add("limit", limit).Add("cursor", cursor).ToString(),
            RestJson.Default.PageHandlerView,
            cancellationToken
        );

    /// <summary>Every page, as it is read.</summary>
    public IAsyncEnumerable<HandlerView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);

    public Task<HandlerView> GetAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(Of(name), RestJson.Default.HandlerView, cancellationToken);

    /// <summary>The methods that can run now, with who offers them.</summary>
    public Task<Page<MethodView>> MethodsAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString(_connection.InNamespace("methods")).Add("limit", limit).Add("cursor", cursor).ToString(),
            RestJson.Default.PageMethodView,
            cancellationToken
        );

    /// <summary>Gives the handler no new work; what it runs goes on.</summary>
    public Task DrainAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.TellAsync(HttpMethod.Post, $"{Of(name)}/drain", null, cancellationToken);

    /// <summary>Ends a drain.</summary>
    public Task ResumeAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.TellAsync(HttpMethod.Post, $"{Of(name)}/resume", null, cancellationToken);

    /// <summary>Closes the handler's connections; a sound handler comes back at once, with its attempts.</summary>
    public Task DisconnectAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.TellAsync(HttpMethod.Post, $"{Of(name)}/disconnect", null, cancellationToken);

    private string Of(string name) => $"{_path}/{Uri.EscapeDataString(name)}";
}
