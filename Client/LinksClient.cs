using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>The links of the Broker with Bridges and proxies.</summary>
public sealed class LinksClient
{
    private readonly RestConnection _connection;

    internal LinksClient(RestConnection connection) => _connection = connection;

    /// <summary>Reads one page of the links, those that the Broker dials first.</summary>
    /// <param name="limit">Rows on the page at most; null for the Broker's default.</param>
    /// <param name="cursor">The cursor that came with the page before; null for the first page.</param>
    public Task<Page<LinkView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => _connection.ListAsync("api/links", limit, cursor, RestJson.Default.PageLinkView, cancellationToken);
}
