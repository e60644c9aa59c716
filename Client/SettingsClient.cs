using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>The settings of the Broker that are in force.</summary>
public sealed class SettingsClient
{
    private readonly RestConnection _connection;

    internal SettingsClient(RestConnection connection) => _connection = connection;

    /// <summary>Reads one page of the settings, in the order of the command line's help.</summary>
    /// <param name="limit">Rows on the page at most; null for the Broker's default.</param>
    /// <param name="cursor">The cursor that came with the page before; null for the first page.</param>
    public Task<Page<SettingView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => _connection.ListAsync("api/settings", limit, cursor, RestJson.Default.PageSettingView, cancellationToken);

    /// <summary>Lists all settings, reading page after page.</summary>
    public IAsyncEnumerable<SettingView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);
}
