using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>The public CURVE keys that may connect to the Broker's ROUTER.</summary>
public sealed class CurveKeysClient
{
    private const string Path = "api/curve/keys";

    private readonly RestConnection _connection;

    internal CurveKeysClient(RestConnection connection) => _connection = connection;

    /// <summary>Allows a key.</summary>
    public Task<CurveKeyView> AllowAsync(CurveKeyRequest key, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            Path,
            key,
            RestJson.Default.CurveKeyRequest,
            RestJson.Default.CurveKeyView,
            cancellationToken
        );

    /// <summary>Reads one page of the keys, in the order of their ids.</summary>
    /// <param name="limit">Rows on the page at most; null for the Broker's default.</param>
    /// <param name="cursor">The cursor that came with the page before; null for the first page.</param>
    public Task<Page<CurveKeyView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => _connection.ListAsync(Path, limit, cursor, RestJson.Default.PageCurveKeyView, cancellationToken);

    /// <summary>Revokes a key; its connections are cut within a second.</summary>
    /// <param name="id">The id of the key, which <c>CurveKeyId</c> makes of it.</param>
    public Task RevokeAsync(string id, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync($"{Path}/{Uri.EscapeDataString(id)}", cancellationToken);
}
