namespace ScheduleZero.Broker.Host.Upkeep;

/// <summary>
/// Gives memory back that a burst took: the runtime collects when something is allocated, so a Broker that has nothing
/// to do would keep what its busiest hour left behind. A collection holds up the whole process for about a millisecond
/// for each megabyte that is in use, so it comes only when nothing was committed for a while, and never to a heap so
/// large that the wait would be felt.
/// </summary>
internal sealed class MemoryKeeper(Func<long> commits, TimeProvider time) : BackgroundService
{
    /// <summary>How much garbage makes a collection worth its while.</summary>
    internal const long AllocatedMin = 256L << 20;

    /// <summary>Above this the runtime's own collections must do.</summary>
    internal const long HeapMax = 512L << 20;

    /// <summary>How long nothing must have been committed.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private const int TriesMax = 10;

    /// <summary>
    /// Collects until nobody holds it any more: the frames that read it may still unwind while the first collection
    /// runs.
    /// </summary>
    public static async Task ReleaseAsync(WeakReference leftover)
    {
        for (var tries = 0; tries < TriesMax && leftover.IsAlive; tries++)
        {
            // What called this holds it too.
            await Task.Yield();
            Compact();
        }
    }

    internal static bool IsWorthwhile(bool wasQuiet, long allocated, long heap) =>
        wasQuiet && allocated >= AllocatedMin && heap <= HeapMax;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Quiet, time);
        var (committed, allocated) = (commits(), GC.GetTotalAllocatedBytes());
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var before = committed;
                committed = commits();
                if (
                    IsWorthwhile(
                        committed == before,
                        GC.GetTotalAllocatedBytes() - allocated,
                        GC.GetTotalMemory(forceFullCollection: false)
                    )
                )
                {
                    Compact();
                    allocated = GC.GetTotalAllocatedBytes();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The Broker stops.
        }
    }

    private static void Compact() =>
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
}
