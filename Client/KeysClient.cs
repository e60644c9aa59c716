using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>API keys of the client's namespace.</summary>
public sealed class KeysClient
{
    private readonly RestConnection _connection;
    private readonly string _path;

    internal KeysClient(RestConnection connection)
    {
        _connection = connection;
        _path = connection.InNamespace("keys");
    }

    /// <summary>Makes a key. Only this answer ever shows the key.</summary>
    public Task<KeyCreated> CreateAsync(KeyRequest key, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(_path, key, RestJson.Default.KeyRequest, RestJson.Default.KeyCreated, cancellationToken);

    /// <summary>Changes what a key allows. A change holds at once, also for a handler at work.</summary>
    public Task<KeyView> ChangeAsync(string id, KeyPatch patch, CancellationToken cancellationToken = default) =>
        _connection.PatchAsync(
            $"{_path}/{Uri.EscapeDataString(id)}",
            patch,
            RestJson.Default.KeyPatch,
            RestJson.Default.KeyView,
            cancellationToken
        );

    /// <summary>Replaces a key by a new one with the same rights. Only this answer ever shows the new key.</summary>
    /// <param name="overlap">How long the old key stays valid, up to 7 days; null for 24 h.</param>
    public Task<KeyCreated> RotateAsync(
        string id,
        TimeSpan? overlap = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PostAsync(
            $"{_path}/{Uri.EscapeDataString(id)}/rotate",
            new KeyRotation { Overlap = overlap },
            RestJson.Default.KeyRotation,
            RestJson.Default.KeyCreated,
            cancellationToken
        );

    /// <summary>Reads one page of the keys.</summary>
    public Task<Page<KeyView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => _connection.ListAsync(_path, limit, cursor, RestJson.Default.PageKeyView, cancellationToken);

    /// <summary>Reads one page of the keys of a handler, revoked ones too.</summary>
    public Task<Page<KeyView>> ListOfHandlerAsync(
        string handler,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString(_path).Add("handler", handler).Add("limit", limit).Add("cursor", cursor).ToString(),
            RestJson.Default.PageKeyView,
            cancellationToken
        );

    /// <summary>Lists all keys, reading page after page.</summary>
    public IAsyncEnumerable<KeyView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);

    /// <summary>Revokes a key at once. Connections that showed the key are closed within a second.</summary>
    public Task RevokeAsync(string id, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync($"{_path}/{Uri.EscapeDataString(id)}", cancellationToken);
}
