using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;

namespace ScheduleZero.Broker.Host.Upkeep;

/// <summary>
/// Measures what namespaces hold: at the start, soon after one was made or given a limit, and every ten minutes where
/// there is a limit or much is stored; elsewhere every hour. In between what comes is added, so that only what was
/// forgotten is seen late.
/// </summary>
/// <param name="bytesMax">Of a namespace that has no limit of its own; null for no bound, and then those are not
/// measured.</param>
internal sealed class NamespaceMeter(Roster roster, IStoreUpkeep store, long? bytesMax, TimeProvider time)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MeasureInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan MeasureIntervalFarFromBound = TimeSpan.FromHours(1);

    // Changed by the meter's own task alone.
    private readonly Dictionary<string, (long At, long Bytes)> _measured = new(StringComparer.Ordinal);

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(IBrokerEdge loop, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        try
        {
            do
            {
                await MeasureDueAsync(loop, stopping);
            } while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The Broker stops.
        }
        catch (StoreFailedException)
        {
            // The loop meets the same failure at its next commit, and stops the Broker.
        }
    }

    private async Task MeasureDueAsync(IBrokerEdge loop, CancellationToken stopping)
    {
        var bounded = roster
            .Namespaces.Where(ns => ns.DeletedAt is null && (ns.Limits.StoredBytes ?? bytesMax) is not null)
            .ToList();
        foreach (var gone in _measured.Keys.Except(bounded.Select(ns => ns.Name)).ToList())
        {
            _measured.Remove(gone);
        }

        var due = bounded.Where(IsDue).Select(ns => ns.Name).ToList();
        if (due.Count == 0)
        {
            return;
        }

        foreach (var (ns, bytes) in await store.MeasureAsync(due, stopping))
        {
            _measured[ns] = (time.GetTimestamp(), bytes);
            loop.Put(new BrokerInput.NamespaceMeasured(ns, bytes));
        }
    }

    private bool IsDue(NamespaceRecord ns)
    {
        if (!_measured.TryGetValue(ns.Name, out var last))
        {
            return true;
        }

        var isFar = ns.Limits.StoredBytes is null && last.Bytes < bytesMax / 2;
        return time.GetElapsedTime(last.At) >= (isFar ? MeasureIntervalFarFromBound : MeasureInterval);
    }
}
