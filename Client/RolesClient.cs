using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Roles of the whole Broker, the built-in ones among them.</summary>
public sealed class RolesClient
{
    private const string Root = "api/roles";

    private readonly RestConnection _connection;

    internal RolesClient(RestConnection connection) => _connection = connection;

    public Task<RoleView> CreateAsync(RoleRequest role, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(Root, role, RestJson.Default.RoleRequest, RestJson.Default.RoleView, cancellationToken);

    /// <summary>Reads one page of the roles.</summary>
    public Task<Page<RoleView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => _connection.ListAsync(Root, limit, cursor, RestJson.Default.PageRoleView, cancellationToken);

    /// <summary>Lists all roles, reading page after page.</summary>
    public IAsyncEnumerable<RoleView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);

    public Task<RoleView> GetAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(PathOf(name), RestJson.Default.RoleView, cancellationToken);

    /// <summary>Replaces a role. A change holds at once for everybody who has the role.</summary>
    /// <param name="version">The only version that may be replaced; null for any.</param>
    public Task<RoleView> PutAsync(
        RoleRequest role,
        long? version = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PutAsync(
            PathOf(role.Name),
            role,
            RestJson.Default.RoleRequest,
            RestJson.Default.RoleView,
            version,
            cancellationToken
        );

    /// <summary>Deletes a role. A role that somebody has is a conflict.</summary>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync(PathOf(name), cancellationToken);

    private static string PathOf(string name) => $"{Root}/{Uri.EscapeDataString(name)}";
}
