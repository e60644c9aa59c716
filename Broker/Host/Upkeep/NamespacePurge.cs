using System.Threading.Channels;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;

namespace ScheduleZero.Broker.Host.Upkeep;

/// <summary>
/// Deletes from the store what deleted namespaces left there, one namespace after the other, and tells the loop when
/// one is done.
/// </summary>
internal sealed class NamespacePurge(IStoreUpkeep store, ILogger<NamespacePurge> logger)
{
    /// <summary>
    /// The names of namespaces to purge. The channel is unbounded, but has one entry at most for each namespace.
    /// </summary>
    private readonly Channel<string> _emptied = Channel.CreateUnbounded<string>();

    public void Begin(string ns) => _emptied.Writer.TryWrite(ns);

    /// <summary>
    /// Purges until it is cancelled. The next start of the Broker begins again with namespaces that are left.
    /// </summary>
    public async Task RunAsync(IBrokerEdge loop, CancellationToken stopping)
    {
        try
        {
            await foreach (var ns in _emptied.Reader.ReadAllAsync(stopping))
            {
                var jobs = await store.PurgeAsync(ns, stopping);
                logger.NamespacePurged(ns, jobs);
                loop.Put(new BrokerInput.NamespacePurged(ns));
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The wait was cancelled because the Broker stops.
        }
        catch (StoreFailedException)
        {
            // Nothing is lost: the loop meets the same failure at its next commit, and stops the Broker.
        }
    }
}
