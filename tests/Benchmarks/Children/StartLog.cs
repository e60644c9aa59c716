using System.Diagnostics;
using ScheduleZero.Benchmarks.Load;

namespace ScheduleZero.Benchmarks.Children;

/// <summary>
/// Notes which job a process began when, and how often. The log tells the parent process how many, and writes a file.
/// </summary>
/// <param name="slots">The number above those of all jobs.</param>
internal sealed class StartLog(int slots)
{
    private readonly long[] _started = new long[slots];
    private readonly long[] _times = new long[slots];
    private long _count;

    /// <summary>Notes that a job begins now.</summary>
    public void Note(int number)
    {
        Interlocked.CompareExchange(ref _started[number], Stopwatch.GetTimestamp(), 0);
        Interlocked.Increment(ref _times[number]);
        Count();
    }

    /// <summary>Counts a beginning that has no number.</summary>
    public void Count() => Interlocked.Increment(ref _count);

    /// <summary>Says that the process is ready, and answers its parent until that ends.</summary>
    /// <param name="reporting">What else is to be written at a report.</param>
    public async Task ServeAsync(string file, Func<Task>? reporting = null)
    {
        Console.WriteLine("READY");
        var counting = CountAsync();
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line == "REPORT")
            {
                Ticks.Write(file, _started, _times);
                await (reporting?.Invoke() ?? Task.CompletedTask);
                Console.WriteLine("REPORTED");
            }
        }

        await counting;
    }

    private async Task CountAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        long said = 0;
        while (await timer.WaitForNextTickAsync())
        {
            var now = Interlocked.Read(ref _count);
            if (now != said)
            {
                Console.WriteLine($"COUNT {said = now}");
            }
        }
    }
}
