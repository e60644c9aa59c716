using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>A choice of audit events. A field that is not set does not restrict the choice.</summary>
public sealed record AuditFilter
{
    /// <summary>Only events of this actor, such as <c>key:0123456789ab</c>.</summary>
    public string? Actor { get; init; }

    /// <summary>Only events of this action, such as <c>keys:create</c>.</summary>
    public string? Action { get; init; }

    /// <summary>Only events with this outcome, one of <see cref="AuditOutcomes"/>.</summary>
    public string? Outcome { get; init; }

    /// <summary>Only events about this object, such as <c>job:…</c>.</summary>
    public string? Object { get; init; }

    /// <summary>Only events that contain this text anywhere.</summary>
    public string? Text { get; init; }

    /// <summary>Only events of this instant or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only events before this instant.</summary>
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

/// <summary>
/// The audit log. Reading the log of the whole Broker takes a credential that holds in all namespaces.
/// </summary>
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
    /// Exports a part of the log as NDJSON, oldest event first, in the form that
    /// <see cref="Contracts.Audit.AuditVerifier"/> reads. The stream holds the lines as they arrive; dispose of the
    /// stream.
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

    /// <summary>Reads how long the log is, and up to which event it is signed.</summary>
    public Task<AuditChainView> ChainAsync(CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{Path}/chain", RestJson.Default.AuditChainView, cancellationToken);

    /// <summary>
    /// Reads the public keys that sign the log's checkpoints. Keep the keys on another machine: whoever controls the
    /// Broker can show other keys.
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
