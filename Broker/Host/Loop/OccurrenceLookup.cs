using System.Threading.Channels;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;

namespace ScheduleZero.Broker.Host.Loop;

/// <summary>
/// Asks the store which instants of a backfill have their jobs already, one portion after the other, and gives the
/// answers to the loop.
/// </summary>
internal sealed class OccurrenceLookup(IHistoryReader store)
{
    /// <summary>
    /// The questions to the store. The channel is unbounded, but has one question at most for each schedule that is
    /// being backfilled.
    /// </summary>
    private readonly Channel<Effect.LookUpOccurrences> _asked = Channel.CreateUnbounded<Effect.LookUpOccurrences>();

    public void Begin(Effect.LookUpOccurrences asked) => _asked.Writer.TryWrite(asked);

    /// <summary>Asks until it is cancelled. The next start of the Broker asks again what is left.</summary>
    public async Task RunAsync(IBrokerEdge loop, CancellationToken stopping)
    {
        try
        {
            await foreach (var asked in _asked.Reader.ReadAllAsync(stopping))
            {
                var present = await store.FindPresentAsync(asked.Ids, stopping);
                loop.Put(new BrokerInput.OccurrencesLookedUp(asked.Asked, asked.Namespace, asked.Name, present));
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
