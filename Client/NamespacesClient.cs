using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>All namespaces, not only the client's own.</summary>
public sealed class NamespacesClient
{
    private const string Root = "api/namespaces";

    private readonly RestConnection _connection;

    internal NamespacesClient(RestConnection connection) => _connection = connection;

    public Task<NamespaceView> CreateAsync(NamespaceRequest request, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            Root,
            request,
            RestJson.Default.NamespaceRequest,
            RestJson.Default.NamespaceView,
            cancellationToken
        );

    /// <summary>Reads one page of the namespaces in which the caller has a role.</summary>
    public Task<Page<NamespaceView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => _connection.ListAsync(Root, limit, cursor, RestJson.Default.PageNamespaceView, cancellationToken);

    /// <summary>Lists all namespaces in which the caller has a role, reading page after page.</summary>
    public IAsyncEnumerable<NamespaceView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);

    public Task<NamespaceView> GetAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(PathOf(name), RestJson.Default.NamespaceView, cancellationToken);

    /// <summary>Changes a namespace. Fields not given stay; limits and addresses are replaced whole.</summary>
    public Task<NamespaceView> PatchAsync(
        string name,
        NamespacePatch patch,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PatchAsync(
            PathOf(name),
            patch,
            RestJson.Default.NamespacePatch,
            RestJson.Default.NamespaceView,
            cancellationToken
        );

    /// <summary>Changes a namespace, unless somebody else has changed it meanwhile.</summary>
    /// <param name="version">The only version that may be changed.</param>
    public Task<NamespaceView> PatchAsync(
        string name,
        NamespacePatch patch,
        long version,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PatchAsync(
            PathOf(name),
            patch,
            RestJson.Default.NamespacePatch,
            RestJson.Default.NamespaceView,
            version,
            cancellationToken
        );

    /// <summary>
    /// Deletes a namespace with everything in it. The namespace is closed when the task completes; its name is free
    /// once everything is gone.
    /// </summary>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync($"{PathOf(name)}?confirm={Uri.EscapeDataString(name)}", cancellationToken);

    private static string PathOf(string name) => $"{Root}/{Uri.EscapeDataString(name)}";
}
