using System.Diagnostics;
using System.Globalization;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>What Linux counts about a process.</summary>
internal static class ProcessMeter
{
    // USER_HZ is 100 on every architecture that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>User and system time of a process so far, in seconds.</summary>
    public static double CpuSeconds(int process) => ProcessStat.Read(process).Ticks / TicksPerSecond;

    /// <summary>
    /// User and system time of a process and of all processes that it has started, also of those that have ended.
    /// </summary>
    public static double CpuSecondsOfAll(int process) =>
        ProcessTree(process).Sum(one => one.Ticks + one.TicksOfEnded) / TicksPerSecond;

    /// <summary>A process and all that descend from it, as they are now.</summary>
    public static IReadOnlyList<ProcessStat> ProcessTree(int process)
    {
        var children = Directory
            .EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out var id) ? ProcessStat.TryRead(id) : null)
            .OfType<ProcessStat>()
            .ToLookup(one => one.Parent);
        List<ProcessStat> found = [ProcessStat.Read(process)];
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(children[found[i].Process]);
        }

        return found;
    }

    /// <summary>CPU time of the whole machine since its start, in seconds of one core.</summary>
    public static double MachineCpuSeconds()
    {
        var fields = File.ReadLines("/proc/stat")
            .First()
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1)
            .Take(8)
            .Select(field => long.Parse(field, CultureInfo.InvariantCulture))
            .ToArray();
        // The sum without the fields idle (3) and waiting for I/O (4).
        return (fields.Sum() - fields[3] - fields[4]) / TicksPerSecond;
    }

    /// <summary>
    /// Resident memory of a process and of all that descend from it, in MiB, with shared pages counted by their share.
    /// </summary>
    public static double PssMibOfAll(int process) => ProcessTree(process).Sum(one => PssMib(one.Process));

    private static double PssMib(int process)
    {
        try
        {
            return KibOf($"/proc/{process}/smaps_rollup", "Pss:") / 1024;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            // The process has ended meanwhile.
            return 0;
        }
    }

    public static double RssMib(int process) => KibOf($"/proc/{process}/status", "VmRSS:") / 1024;

    public static double PeakRssMib(int process) => KibOf($"/proc/{process}/status", "VmHWM:") / 1024;

    private static double KibOf(string file, string field) =>
        double.Parse(
            File.ReadLines(file)
                .First(line => line.StartsWith(field, StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        );
}

/// <summary>
/// CPU time of a set of processes, with those that they start, over a period, and that of the rest of the machine.
/// </summary>
internal sealed class CpuMeter(IReadOnlyList<(string Name, int Process)> processes)
{
    private readonly Dictionary<int, double> _before = processes.ToDictionary(
        p => p.Process,
        p => ProcessMeter.CpuSecondsOfAll(p.Process)
    );
    private readonly double _machineBefore = ProcessMeter.MachineCpuSeconds();
    private readonly double _selfBefore = ProcessMeter.CpuSeconds(Environment.ProcessId);
    private readonly long _start = Stopwatch.GetTimestamp();

    public CpuReading Read()
    {
        var used = processes
            .Select(p => (p.Name, Seconds: ProcessMeter.CpuSecondsOfAll(p.Process) - _before[p.Process]))
            .ToList();
        var total = used.Sum(p => p.Seconds);
        var others =
            ProcessMeter.MachineCpuSeconds()
            - _machineBefore
            - total
            - (ProcessMeter.CpuSeconds(Environment.ProcessId) - _selfBefore);
        var elapsed = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        return new CpuReading(total, used, Math.Max(0, others) / elapsed, elapsed);
    }
}

/// <param name="OtherCores">How busy the rest of the machine was: noise.</param>
internal sealed record CpuReading(
    double Total,
    IReadOnlyList<(string Name, double Seconds)> ByProcess,
    double OtherCores,
    double Elapsed
);

/// <summary>Samples the sum of memory over processes, and remembers the peak.</summary>
internal sealed class MemoryMeter : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sampling;

    public MemoryMeter(IReadOnlyList<(string Name, int Process)> processes) => _sampling = SampleAsync(processes);

    /// <summary>The highest sum of memory so far, in MiB.</summary>
    public double Peak { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sampling;
    }

    private async Task SampleAsync(IReadOnlyList<(string Name, int Process)> processes)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        try
        {
            do
            {
                Peak = Math.Max(Peak, processes.Sum(p => ProcessMeter.PssMibOfAll(p.Process)));
            } while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The meter was disposed.
        }
    }
}
