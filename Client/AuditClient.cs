using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Which audit events to list. Fields not given do not restrict.</summary>
public sealed record AuditFilter
{
    /// <summary>Such as <c>key:0123456789ab</c>.</summary>
    public string? Actor { get; init; }

    /// <summary>Such as <c>keys:create</c>.</summary>
    public string? Action { get; init; }

    /// <summary>Only events with this outcome, one of <see cref="AuditOutcomes"/>.</summary>
    public string? Outcome { get; init; }

    /// <summary>Such as <c>job:…</c>.</summary>
    public string? Object { get; init; }

    /// <summary>Text that stands anywhere in an event.</summary>
    public string? Text { get; init; }

    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }

    /// <summary>Rows on a page; 1 to 500, 50 when not given.</summary>
    public int? Limit { get; init; }

    internal QueryString ToQuery(string path) =>
        new QueryString(path)
            .Add("actor", Actor)
            .Add("action", Action)
            .Add("outcome", Outcome)
            .Add("object", Object)
            .Add("q", Text)
            .Add("from", From)
            .Add("to", To)
            .Add("limit", Limit);
}

/// <summary>The audit log. That of the whole Broker is for keys that hold everywhere.</summary>
public sealed class AuditClient
{
    private const string Path = "api/audit";

    private readonly RestConnection _connection;

    internal AuditClient(RestConnection connection) => _connection = connection;

    /// <summary>Reads one page of the whole Broker's audit log, newest first.</summary>
    public Task<Page<AuditEvent>> ListAsync(
        AuditFilter? filter = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => ListAsync(Path, filter, cursor, cancellationToken);

    /// <summary>Reads one page of the audit log of the client's namespace, newest first.</summary>
    public Task<Page<AuditEvent>> ListInNamespaceAsync(
        AuditFilter? filter = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => ListAsync(_connection.InNamespace("audit"), filter, cursor, cancellationToken);

    /// <summary>
    /// A run of the log as NDJSON, oldest first, as it arrives: the lines that
    /// <see cref="Contracts.Audit.AuditVerifier"/> takes. Dispose of the stream.
    /// </summary>
    public Task<Stream> ExportAsync(
        DateTimeOffset? from = null,
        DateTimeOffset? to = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.OpenAsync(
            new QueryString($"{Path}/export").Add("from", from).Add("to", to).ToString(),
            cancellationToken
        );

    /// <summary>
    /// The public keys that sign the log's checkpoints. Keep them elsewhere: whoever holds the Broker can show others.
    /// </summary>
    public async Task<IReadOnlyList<AuditKey>> KeysAsync(CancellationToken cancellationToken = default) =>
        (await _connection.GetAsync($"{Path}/keys", RestJson.Default.AuditKeySet, cancellationToken)).Keys;

    private Task<Page<AuditEvent>> ListAsync(
        string path,
        AuditFilter? filter,
        string? cursor,
        CancellationToken cancellationToken
    ) =>
        _connection.GetAsync(
            (filter ?? new AuditFilter()).ToQuery(path).Add("cursor", cursor).ToString(),
            RestJson.Default.PageAuditEvent,
            cancellationToken
        );
}
