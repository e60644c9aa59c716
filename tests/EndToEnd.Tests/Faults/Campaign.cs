using System.Collections.Concurrent;
using System.Diagnostics;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.EndToEnd.Tests.Agents;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests.Faults;

/// <summary>Producers that post without pause while processes are killed, and a record of what each side saw.</summary>
internal sealed class Campaign(Stage stage, int seed) : IAsyncDisposable
{
    private const int Producers = 4;
    private const int WorkMillisecondsMax = 40;

    // The time until every job has run: leases of dead handlers end after 30 s, and backoffs end.
    private static readonly TimeSpan QuietLimit = TimeSpan.FromMinutes(4);

    private readonly ConcurrentBag<JobId> _acknowledged = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _posting = [];
    private readonly SemaphoreSlim _news = new(0);
    private long _unanswered;

    public IReadOnlyCollection<JobId> Acknowledged => _acknowledged;

    /// <summary>The number of enqueues that ended without an answer: the job may exist or not.</summary>
    public long Unanswered => Interlocked.Read(ref _unanswered);

    public void Begin()
    {
        for (var i = 0; i < Producers; i++)
        {
            var chance = new Random(seed + i);
            _posting.Add(Task.Run(() => PostAsync(chance)));
        }
    }

    /// <summary>Waits until this many more jobs are acknowledged, so that a kill comes in the middle of work.</summary>
    public async Task AcknowledgedMoreAsync(int count, TimeSpan limit)
    {
        var start = Stopwatch.GetTimestamp();
        while (_news.CurrentCount > 0)
        {
            await _news.WaitAsync();
        }

        for (var i = 0; i < count; i++)
        {
            var left = limit - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || !await _news.WaitAsync(left))
            {
                throw new InvalidOperationException($"Only {i} of {count} jobs were acknowledged in {limit}.");
            }
        }
    }

    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_posting);
    }

    /// <summary>Waits until no job waits or runs.</summary>
    public async Task QuietAsync()
    {
        var start = Stopwatch.GetTimestamp();
        BrokerStats stats;
        while ((stats = await stage.Client.StatsAsync()) is not { Ready: 0, Running: 0, Scheduled: 0 })
        {
            if (Stopwatch.GetElapsedTime(start) > QuietLimit)
            {
                throw new InvalidOperationException(
                    $"After {QuietLimit} {stats.Scheduled} jobs are scheduled, {stats.Ready} ready, "
                        + $"{stats.Running} running."
                );
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _stop.Dispose();
        _news.Dispose();
    }

    private async Task PostAsync(Random chance)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                // A stop takes effect between jobs: an answer on its way is still received.
                var job = await stage.Client.Jobs.EnqueueAsync(NewJob(chance), CancellationToken.None);
                _acknowledged.Add(job.Id);
                _news.Release();
            }
            catch (ScheduleZeroException e) when (e.Code == Contracts.ErrorCodes.Unavailable)
            {
                Interlocked.Increment(ref _unanswered);
                await Task.Delay(TimeSpan.FromMilliseconds(50));
            }
        }
    }

    private static JobRequest NewJob(Random chance) =>
        new()
        {
            Method = JournalingAgent.Method,
            Params = Contracts.RawJson.From(new WorkParams(chance.Next(WorkMillisecondsMax))),
            // A job may meet many killed agents, so it has many attempts.
            Retry = new RetryOptions
            {
                MaxAttempts = 100,
                Backoff = BackoffKind.Fixed,
                FirstDelay = TimeSpan.FromMilliseconds(100),
            },
        };
}
