using System.Threading.Channels;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;

namespace ScheduleZero.Broker.Host.Loop;

/// <summary>
/// Asks the store which occurrences have their jobs already, one question after the other, and puts the answers into
/// the loop's queue.
/// </summary>
internal sealed class OccurrenceLookup(IHistoryReader store)
{
    /// <summary>
    /// The questions that wait for the store. The queue has no bound of its own, since Core asks one question at a time
    /// for each backfill, each schedule in doubt, and each session that reports offline runs.
    /// </summary>
    private readonly Channel<Effect.LookUpOccurrences> _asked = Channel.CreateUnbounded<Effect.LookUpOccurrences>();

    public void Begin(Effect.LookUpOccurrences asked) => _asked.Writer.TryWrite(asked);

    /// <summary>
    /// Asks question after question until <paramref name="stopping"/> is cancelled. After the next start of the Broker,
    /// Core asks again what was left.
    /// </summary>
    public async Task RunAsync(IBrokerEdge loop, CancellationToken stopping)
    {
        try
        {
            await foreach (var asked in _asked.Reader.ReadAllAsync(stopping))
            {
                var present = await store.FindPresentAsync(asked.Ids, stopping);
                loop.Put(new BrokerInput.OccurrencesLookedUp(asked.Question, present));
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
