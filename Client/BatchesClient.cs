using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>
/// Batches of the client's namespace. To list the jobs of a batch, call <see cref="JobsClient.ListAsync"/> with
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

    /// <summary>
    /// Submits a batch, all of its jobs or none. The jobs are on the Broker's disk when the task completes.
    /// </summary>
    public Task<BatchCreated> SubmitAsync(BatchSubmission batch, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            _path,
            batch,
            RestJson.Default.BatchSubmission,
            RestJson.Default.BatchCreated,
            cancellationToken
        );

    public Task<BatchView> GetAsync(BatchId id, CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{_path}/{id}", RestJson.Default.BatchView, cancellationToken);

    /// <summary>Reads one page of the batches, newest first.</summary>
    public Task<Page<BatchView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => _connection.ListAsync(_path, limit, cursor, RestJson.Default.PageBatchView, cancellationToken);

    /// <summary>Lists all batches, newest first, reading page after page.</summary>
    public IAsyncEnumerable<BatchView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);

    /// <summary>Cancels the jobs of a batch that have not ended. The batch's completion job then runs.</summary>
    public Task<BatchView> CancelAsync(BatchId id, CancellationToken cancellationToken = default) =>
        _connection.PostAsync($"{_path}/{id}/cancel", RestJson.Default.BatchView, cancellationToken);
}
