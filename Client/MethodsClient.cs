using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>
/// Methods of the client's namespace: who offers them, what waits and runs of them, and their limits.
/// </summary>
public sealed class MethodsClient
{
    private readonly RestConnection _connection;
    private readonly string _path;

    internal MethodsClient(RestConnection connection)
    {
        _connection = connection;
        _path = connection.InNamespace("methods");
    }

    /// <summary>Reads one page of the methods, in order of their names.</summary>
    /// <param name="all">Whether methods that no handler offers now are listed too.</param>
    /// <param name="text">Only methods that have this text in name or description; null for all.</param>
    public Task<Page<MethodView>> ListAsync(
        bool all = false,
        string? text = null,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString(_path)
                .Add("all", all ? "true" : null)
                .Add("q", text)
                .Add("limit", limit)
                .Add("cursor", cursor)
                .ToString(),
            RestJson.Default.PageMethodView,
            cancellationToken
        );

    /// <summary>Reads one method with what its handlers publish of it.</summary>
    public Task<MethodView> GetAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(Of(name), RestJson.Default.MethodView, cancellationToken);

    /// <summary>
    /// Pauses a method, in place of an earlier pause of it: no attempt of the method begins, and attempts that run go
    /// on.
    /// </summary>
    public Task PauseAsync(string name, MethodPauseRequest pause, CancellationToken cancellationToken = default) =>
        _connection.TellAsync($"{Of(name)}/pause", pause, RestJson.Default.MethodPauseRequest, cancellationToken);

    /// <summary>Ends the pause of a method.</summary>
    public Task ResumeAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.TellAsync($"{Of(name)}/resume", cancellationToken);

    private string Of(string name) => $"{_path}/{Uri.EscapeDataString(name)}";
}
