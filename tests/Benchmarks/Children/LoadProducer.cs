using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ScheduleZero.Benchmarks.Load;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Benchmarks.Children;

/// <summary>Posts jobs through the client library, and notes when each call began and when it was answered.</summary>
internal sealed class LoadProducer : IDisposable
{
    public const string Verb = "load-producer";

    private static readonly Dictionary<string, int> Flags = new(StringComparer.Ordinal)
    {
        ["--server"] = 1,
        ["--jobs"] = 1,
        ["--producers"] = 1,
        ["--batch"] = 1,
        ["--rate"] = 1,
        ["--method"] = 1,
        ["--warm-up"] = 1,
        ["--out"] = 1,
    };

    private readonly ScheduleZeroClient _client;
    private readonly string _method;
    private readonly int _batch;
    private readonly long[] _begun;
    private readonly long[] _answered;
    private readonly long[] _seen;
    private readonly ConcurrentDictionary<JobId, int> _numbers = new();
    private readonly ConcurrentDictionary<JobId, long> _seenEarly = new();
    private int _next;

    private LoadProducer(CommandFlags flags, int slots)
    {
        _client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions
            {
                Server = new Uri(flags.Value("--server")!),
                ApiKey = Environment.GetEnvironmentVariable("SCHEDULEZERO_API_KEY"),
            }
        );
        _method = flags.Value("--method")!;
        _batch = Number(flags, "--batch");
        (_begun, _answered, _seen) = (new long[slots], new long[slots], new long[slots]);
    }

    public static async Task<int> RunAsync(string[] arguments)
    {
        var flags = new CommandFlags(arguments, Flags);
        var (jobs, producers, warmUp) = (
            Number(flags, "--jobs"),
            Number(flags, "--producers"),
            Number(flags, "--warm-up")
        );
        var rate = double.Parse(flags.Value("--rate")!, CultureInfo.InvariantCulture);
        using var producer = new LoadProducer(flags, jobs + warmUp);
        producer._next = jobs;
        await producer.PostAllAsync(producers, jobs + warmUp);
        using var listening = new CancellationTokenSource();
        var seeing = rate > 0 ? await producer.ListenAsync(listening.Token) : Task.CompletedTask;
        Console.WriteLine("READY");
        await Console.In.ReadLineAsync();

        producer._next = 0;
        await (rate > 0 ? producer.PostSlowlyAsync(jobs, rate) : producer.PostAllAsync(producers, jobs));
        if (rate > 0)
        {
            await producer.WaitUntilSeenAsync(jobs);
        }

        Ticks.Write(flags.Value("--out")!, producer._begun[..jobs], producer._answered[..jobs], producer._seen[..jobs]);
        Console.WriteLine("RESULT");
        await Console.In.ReadLineAsync();
        await listening.CancelAsync();
        await seeing;
        return 0;
    }

    public void Dispose() => _client.Dispose();

    private static int Number(CommandFlags flags, string flag) =>
        int.Parse(flags.Value(flag)!, CultureInfo.InvariantCulture);

    private Task PostAllAsync(int producers, int end) =>
        Task.WhenAll(Enumerable.Range(0, producers).Select(_ => PostUntilAsync(end)));

    private async Task PostUntilAsync(int end)
    {
        // The work leaves the caller's thread, so that the producers begin together.
        await Task.Yield();
        int first;
        while ((first = Interlocked.Add(ref _next, _batch) - _batch) < end)
        {
            await (_batch == 1 ? PostAsync(first) : PostBatchAsync(first, Math.Min(_batch, end - first)));
        }
    }

    private async Task PostSlowlyAsync(int jobs, double perSecond)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / perSecond));
        var posting = new List<Task>(jobs);
        for (var i = 0; i < jobs && await timer.WaitForNextTickAsync(); i++)
        {
            posting.Add(PostAsync(i));
        }

        await Task.WhenAll(posting);
    }

    private async Task PostAsync(int number)
    {
        _begun[number] = Stopwatch.GetTimestamp();
        var job = await _client.Jobs.EnqueueAsync(Request(number));
        _answered[number] = Stopwatch.GetTimestamp();
        _numbers[job.Id] = number;
        if (_seenEarly.TryRemove(job.Id, out var at))
        {
            _seen[number] = at;
        }
    }

    private async Task PostBatchAsync(int first, int count)
    {
        var requests = Enumerable.Range(first, count).Select(Request).ToArray();
        _begun.AsSpan(first, count).Fill(Stopwatch.GetTimestamp());
        var answer = await _client.Jobs.EnqueueBatchAsync(requests);
        _answered.AsSpan(first, count).Fill(Stopwatch.GetTimestamp());
        if (answer.Items.FirstOrDefault(item => item.Status != 201) is { } refused)
        {
            throw new InvalidOperationException(
                $"A job of a batch was answered {refused.Status}: {refused.Problem?.Detail}"
            );
        }
    }

    private JobRequest Request(int number) => new() { Method = _method, Params = RawJson.From(new LoadParams(number)) };

    /// <summary>Returns once the stream is open. The inner task ends when it is cancelled.</summary>
    private async Task<Task> ListenAsync(CancellationToken cancellationToken)
    {
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var seeing = SeeAsync(() => opened.TrySetResult(), cancellationToken);
        await Task.WhenAny(opened.Task, seeing);
        return seeing;
    }

    private async Task SeeAsync(Action opened, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var happened in _client.EventsAsync(opened: opened, cancellationToken: cancellationToken))
            {
                if (happened.Type == "job.succeeded" && JobId.TryParse(happened.Subject, out var id))
                {
                    See(id, Stopwatch.GetTimestamp());
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    private void See(JobId id, long at)
    {
        // The event may come before the answer that has the id.
        _seenEarly[id] = at;
        if (_numbers.TryGetValue(id, out var number) && _seenEarly.TryRemove(id, out at))
        {
            _seen[number] = at;
        }
    }

    private async Task WaitUntilSeenAsync(int jobs)
    {
        var start = Stopwatch.GetTimestamp();
        while (_seen.AsSpan(0, jobs).Contains(0) && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }
}
