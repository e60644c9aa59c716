using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>
/// Batches of the client's namespace. The jobs of one: <see cref="JobsClient.ListAsync"/> with
/// <see cref="BulkFilter.Batch"/>.
/// </summary>
public sealed class BatchesClient
{
    private readonly RestConnection _connection;
    private readonly string _path;

    internal BatchesClient(RestConnection connection)
    {
        _connection = connection;
        _path = connection.InNamespace("batches");
    }

    /// <summary>Submits a batch: all of its jobs, or none. When this returns, they are on the Broker's disk.</summary>
    public Task<BatchCreated> SubmitAsync(BatchSubmission batch, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            _path,
            batch,
            RestJson.Default.BatchSubmission,
            RestJson.Default.BatchCreated,
            TimeSpan.Zero,
            cancellationToken
        );

    public Task<BatchView> GetAsync(BatchId id, CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{_path}/{id}", RestJson.Default.BatchView, cancellationToken);

    /// <summary>Reads one page of the batches, newest first.</summary>
    public Task<Page<BatchView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString(_path).Add("limit", limit).Add("cursor", cursor).ToString(),
            RestJson.Default.PageBatchView,
            cancellationToken
        );

    /// <summary>Every page, as it is read.</summary>
    public IAsyncEnumerable<BatchView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);

    /// <summary>Cancels its jobs that have not ended. Its completion job then runs.</summary>
    public Task<BatchView> CancelAsync(BatchId id, CancellationToken cancellationToken = default) =>
        _connection.PostAsync($"{_path}/{id}/cancel", RestJson.Default.BatchView, cancellationToken);
}
