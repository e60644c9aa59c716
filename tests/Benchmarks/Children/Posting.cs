using System.Diagnostics;

namespace ScheduleZero.Benchmarks.Children;

/// <summary>Posts jobs by their numbers, and notes when each call began and when it was answered.</summary>
/// <param name="slots">The number above those of all jobs.</param>
/// <param name="batch">How many jobs a call posts.</param>
/// <param name="post">Posts jobs: the first number, and how many.</param>
internal sealed class Posting(int slots, int batch, Func<int, int, Task> post)
{
    private int _next;

    /// <summary>When the call of each job began, in ticks of the machine's steady clock; 0 for never.</summary>
    public long[] Begun { get; } = new long[slots];

    /// <summary>When the call of each job was answered.</summary>
    public long[] Answered { get; } = new long[slots];

    /// <summary>Posts jobs as fast as some callers can.</summary>
    /// <param name="first">The number of the first job.</param>
    /// <param name="end">The number after that of the last job.</param>
    public Task AllAsync(int producers, int first, int end)
    {
        _next = first;
        return Task.WhenAll(Enumerable.Range(0, producers).Select(_ => UntilAsync(end)));
    }

    /// <summary>Posts jobs from number 0 on, each at its time, whether or not the one before was answered.</summary>
    public async Task SlowlyAsync(int jobs, double perSecond)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / perSecond));
        var posting = new List<Task>(jobs);
        for (var i = 0; i < jobs && await timer.WaitForNextTickAsync(); i++)
        {
            posting.Add(PostAsync(i, 1));
        }

        await Task.WhenAll(posting);
    }

    private async Task UntilAsync(int end)
    {
        // The work leaves the caller's thread, so that the producers begin together.
        await Task.Yield();
        int first;
        while ((first = Interlocked.Add(ref _next, batch) - batch) < end)
        {
            await PostAsync(first, Math.Min(batch, end - first));
        }
    }

    private async Task PostAsync(int first, int count)
    {
        Begun.AsSpan(first, count).Fill(Stopwatch.GetTimestamp());
        await post(first, count);
        Answered.AsSpan(first, count).Fill(Stopwatch.GetTimestamp());
    }
}
