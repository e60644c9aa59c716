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

    /// <summary>Makes a key. The answer is the only place where it can ever be read.</summary>
    public Task<KeyCreated> CreateAsync(KeyRequest key, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            _path,
            key,
            RestJson.Default.KeyRequest,
            RestJson.Default.KeyCreated,
            TimeSpan.Zero,
            cancellationToken
        );

    /// <summary>Changes what a key allows; holds at once, for a handler at work too.</summary>
    public Task<KeyView> ChangeAsync(string id, KeyPatch patch, CancellationToken cancellationToken = default) =>
        _connection.PatchAsync(
            $"{_path}/{Uri.EscapeDataString(id)}",
            patch,
            RestJson.Default.KeyPatch,
            RestJson.Default.KeyView,
            cancellationToken
        );

    /// <summary>Puts a new key in an old one's place. The answer is the only place where it can ever be read.</summary>
    /// <param name="overlap">How long the old one stays good, up to 7 days; 24 h when null.</param>
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
            TimeSpan.Zero,
            cancellationToken
        );

    /// <summary>Reads one page of the keys.</summary>
    public Task<Page<KeyView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString(_path).Add("limit", limit).Add("cursor", cursor).ToString(),
            RestJson.Default.PageKeyView,
            cancellationToken
        );

    /// <summary>Every page, as it is read.</summary>
    public IAsyncEnumerable<KeyView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);

    /// <summary>Ends the key at once; its live connections are closed within a second.</summary>
    public Task RevokeAsync(string id, CancellationToken cancellationToken = default) =>
        _connection.TellAsync(HttpMethod.Delete, $"{_path}/{Uri.EscapeDataString(id)}", null, cancellationToken);
}
