namespace ScheduleZero.Broker.Host.Upkeep;

/// <summary>
/// Returns memory to the system after a burst of work. The runtime collects garbage only when something is allocated,
/// so an idle Broker would hold what its busiest hour left behind. A collection stops the whole process for about a
/// millisecond for each megabyte in use, so it is made only when nothing was committed for a while, and never on a heap
/// so large that the stop would be felt.
/// </summary>
internal sealed class HeapCompactor(Func<long> commits, TimeProvider time) : BackgroundService
{
    /// <summary>
    /// The number of bytes that must have been allocated since the last collection for one to be worthwhile.
    /// </summary>
    internal const long AllocatedMin = 256L << 20;

    /// <summary>The size of the heap in bytes above which only the runtime itself collects.</summary>
    internal const long HeapMax = 512L << 20;

    /// <summary>How long nothing must have been committed before a collection.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private const int TriesMax = 10;

    /// <summary>
    /// Collects until an object is gone. The first collection may come while methods that used the object still return.
    /// </summary>
    public static async Task ReleaseAsync(WeakReference leftover)
    {
        for (var tries = 0; tries < TriesMax && leftover.IsAlive; tries++)
        {
            // The caller returns first, since it may hold the object too.
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
            // The wait was cancelled because the Broker stops.
        }
    }

    private static void Compact() =>
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
}
