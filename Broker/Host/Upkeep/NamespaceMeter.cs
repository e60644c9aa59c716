using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;

namespace ScheduleZero.Broker.Host.Upkeep;

/// <summary>
/// Measures how many bytes namespaces store: at the start, soon after a namespace was made or given a limit, every ten
/// minutes where there is a limit or much is stored, and every hour elsewhere. In between Core adds what comes, so that
/// only what was forgotten is seen late.
/// </summary>
/// <param name="bytesMax">
/// The bound for a namespace that has no limit of its own; null for none, and then such namespaces are not measured.
/// </param>
internal sealed class NamespaceMeter(Roster roster, IStoreUpkeep store, long? bytesMax, TimeProvider time)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MeasureInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan MeasureIntervalFarFromBound = TimeSpan.FromHours(1);

    /// <summary>
    /// When each namespace was last measured (a timestamp of the clock), and its bytes, by name. Used only on the
    /// meter's own task.
    /// </summary>
    private readonly Dictionary<string, (long At, long Bytes)> _measured = new(StringComparer.Ordinal);

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(IBrokerEdge loop, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(CheckInterval, time);
        try
        {
            do
            {
                await MeasureDueAsync(loop, stopping);
            } while (await timer.WaitForNextTickAsync(stopping));
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
