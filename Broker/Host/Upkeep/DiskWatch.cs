using System.Diagnostics.Metrics;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Telemetry;

namespace ScheduleZero.Broker.Host.Upkeep;

/// <summary>
/// Measures how much of the store's disk is free, and tells the loop. Below the reserve new work is refused until a
/// quarter more than the reserve is free again, so that a disk at the edge does not accept and refuse by turns. Each
/// change of the level is logged once.
/// </summary>
/// <param name="free">Returns the bytes that may still be written; null when the system cannot say, which changes
/// nothing.</param>
/// <param name="reserve">The reserve in bytes; 0 for none.</param>
internal sealed class DiskWatch(
    Func<long?> free,
    long reserve,
    string folder,
    TimeProvider time,
    ILogger<DiskWatch> logger
) : IDisposable
{
    public const string FreeName = "schedulezero.broker.disk.free";
    public const string LevelName = "schedulezero.broker.disk.level";

    /// <summary>
    /// The interval between two measurements. The interval is so short that what one measurement allows is not used up
    /// before the next, though the loop counts down meanwhile.
    /// </summary>
    internal static readonly TimeSpan MeasureInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The multiple of the reserve from which on plenty is free, so that the loop need not count down.
    /// </summary>
    private const int PlentyFactor = 8;

    /// <summary>The divisor of the reserve: when less than the quotient is free, no job is started any more.</summary>
    private const int VeryLowShare = 4;

    private Meter? _meter;

    /// <summary>The free bytes at the last measurement; -1 before the first. Written on the watch's own task.</summary>
    private long _free = -1;

    private volatile DiskLevel _level;

    /// <summary>Whether the last measurement found plenty. Used only on the watch's own task.</summary>
    private bool _wasPlenty = true;

    public DiskLevel Level => _level;

    /// <summary>The free bytes at the last measurement; null when the system could not say.</summary>
    public long? FreeBytes => Interlocked.Read(ref _free) is >= 0 and var bytes ? bytes : null;

    /// <summary>Measures at once, and then at the interval until it is cancelled.</summary>
    public async Task RunAsync(IBrokerEdge loop, CancellationToken stopping)
    {
        CreateGauges();
        using var timer = new PeriodicTimer(MeasureInterval, time);
        try
        {
            do
            {
                MeasureOnce(loop);
            } while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The wait was cancelled because the Broker stops.
        }
    }

    /// <summary>
    /// Measures once. The loop is told of changes, and of every measurement while there is not plenty.
    /// </summary>
    internal void MeasureOnce(IBrokerEdge loop)
    {
        if (free() is not { } bytes)
        {
            return;
        }

        Interlocked.Exchange(ref _free, bytes);
        var level = LevelAt(bytes);
        Log(level, bytes);
        var isPlenty = level == DiskLevel.Enough && (reserve == 0 || bytes / PlentyFactor >= reserve);
        if (!isPlenty || !_wasPlenty)
        {
            loop.Put(new BrokerInput.DiskSeen(level, isPlenty ? null : bytes - reserve));
        }

        (_level, _wasPlenty) = (level, isPlenty);
    }

    public void Dispose() => _meter?.Dispose();

    private DiskLevel LevelAt(long bytes) =>
        bytes < reserve / VeryLowShare ? DiskLevel.VeryLow
        : bytes < (_level == DiskLevel.Enough ? reserve : reserve + (reserve / 4)) ? DiskLevel.Low
        : DiskLevel.Enough;

    private void Log(DiskLevel level, long bytes)
    {
        if (level == _level)
        {
            return;
        }

        const long Mib = 1024 * 1024;
        switch (level)
        {
            case DiskLevel.Enough:
                logger.DiskHasRoom(folder, bytes / Mib);
                break;
            case DiskLevel.Low:
                logger.DiskLow(folder, bytes / Mib, reserve / Mib);
                break;
            default:
                logger.DiskVeryLow(folder, bytes / Mib, reserve / Mib);
                break;
        }
    }

    private void CreateGauges()
    {
        _meter = new Meter(BrokerMeter.Name);
        _meter.CreateObservableGauge(FreeName, () => FreeBytes ?? 0, "By", "Bytes of the store's disk that are free.");
        _meter.CreateObservableGauge(
            LevelName,
            () => (int)Level,
            null,
            "0: enough is free; 1: new work is refused; 2: nothing is started either."
        );
    }
}
