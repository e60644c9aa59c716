using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Storage;

namespace ScheduleZero.Broker.Host.Loop;

/// <summary>Measures what namespaces with a limit on stored bytes hold: at the start, soon after the limit was set, and every ten minutes.</summary>
internal sealed class NamespaceMeter(Roster roster, IBrokerStore store, TimeProvider time)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MeasureInterval = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, long> _measuredAt = new(StringComparer.Ordinal);

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(IBrokerEdge loop, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        try
        {
            do
            {
                await MeasureDueAsync(loop, stopping);
            }
            while (await timer.WaitForNextTickAsync(stopping));
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
        var due = roster.Namespaces
            .Where(ns => ns is { DeletedAt: null, Limits.StoredBytes: not null })
            .Select(ns => ns.Name)
            .Where(ns => !_measuredAt.TryGetValue(ns, out var at) || time.GetElapsedTime(at) >= MeasureInterval)
            .ToList();
        if (due.Count == 0)
        {
            return;
        }

        foreach (var (ns, bytes) in await store.MeasureAsync(due, stopping))
        {
            _measuredAt[ns] = time.GetTimestamp();
            loop.Put(new BrokerInput.NamespaceMeasured(ns, bytes));
        }
    }
}
