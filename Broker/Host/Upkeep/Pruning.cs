using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;

namespace ScheduleZero.Broker.Host.Upkeep;

/// <summary>
/// Deletes what has passed its retention, and rotates the keys that sign access tokens: at once after the start, since
/// a Broker that is started each morning would otherwise never come to it, and then every hour.
/// </summary>
internal sealed class Pruning(
    IStoreUpkeep store,
    IBrokerInputs inputs,
    SigningKeys keys,
    TimeSpan historyRetention,
    TimeSpan auditRetention,
    TimeProvider time,
    ILoggerFactory logs
)
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Runs until it is cancelled, or the Broker stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                var before = time.GetUtcNow() - historyRetention;
                if (await store.PruneAsync(before, stopping) is > 0 and var jobs)
                {
                    logs.CreateLogger<Pruning>().HistoryPruned(jobs, before);
                }

                await keys.RotateAsync(stopping);
                await AuditPruning.RunAsync(store, inputs, time.GetUtcNow() - auditRetention, logs, stopping);
            } while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The wait was cancelled because the Broker stops.
        }
        catch (BrokerStoppedException)
        {
            // Nothing is lost: the loop stops, and with it the Broker.
        }
        catch (StoreFailedException)
        {
            // Nothing is lost: the loop meets the same failure at its next commit, and stops the Broker.
        }
    }
}
