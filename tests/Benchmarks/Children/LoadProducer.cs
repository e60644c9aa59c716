using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ScheduleZero.Benchmarks.Load;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Benchmarks.Children;

/// <summary>Posts jobs through the client library or by plain HTTP.</summary>
internal sealed class LoadProducer : IDisposable
{
    public const string Verb = "load-producer";

    /// <summary>Has the producer post plain HTTP requests, without the client library.</summary>
    public const string RawFlag = "--raw";

    /// <summary>Has a slow producer not listen to the jobs' ends.</summary>
    public const string NoEventsFlag = "--no-events";

    /// <summary>Has the client post each job with a request of its own.</summary>
    public const string NoGatherFlag = "--no-gather";

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
        [RawFlag] = 0,
        [NoEventsFlag] = 0,
        [NoGatherFlag] = 0,
    };

    private readonly ScheduleZeroClient _client;
    private readonly HttpClient? _http;
    private readonly string _method;
    private readonly Posting _posting;
    private readonly long[] _seen;
    private readonly ConcurrentDictionary<JobId, int> _numbers = new();
    private readonly ConcurrentDictionary<JobId, long> _seenEarly = new();

    private LoadProducer(CommandFlags flags, int slots)
    {
        var server = new Uri(flags.Value("--server")!);
        var key = Environment.GetEnvironmentVariable("SCHEDULEZERO_API_KEY");
        _client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions
            {
                Server = server,
                ApiKey = key,
                GathersJobs = !flags.Has(NoGatherFlag),
            }
        );
        if (flags.Has(RawFlag))
        {
            _http = new HttpClient { BaseAddress = server };
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        _method = flags.Value("--method")!;
        _posting = new Posting(slots, Number(flags, "--batch"), PostAsync);
        _seen = new long[slots];
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
        await producer._posting.AllAsync(producers, jobs, jobs + warmUp);
        using var listening = new CancellationTokenSource();
        var listens = rate > 0 && !flags.Has(NoEventsFlag);
        var seeing = listens ? await producer.ListenAsync(listening.Token) : Task.CompletedTask;
        Console.WriteLine("READY");
        await Console.In.ReadLineAsync();

        await (rate > 0 ? producer._posting.SlowlyAsync(jobs, rate) : producer._posting.AllAsync(producers, 0, jobs));
        if (listens)
        {
            await producer.WaitUntilSeenAsync(jobs);
        }

        Ticks.Write(
            flags.Value("--out")!,
            producer._posting.Begun[..jobs],
            producer._posting.Answered[..jobs],
            producer._seen[..jobs]
        );
        Console.WriteLine("RESULT");
        await Console.In.ReadLineAsync();
        await listening.CancelAsync();
        await seeing;
        return 0;
    }

    public void Dispose()
    {
        _client.Dispose();
        _http?.Dispose();
    }

    private static int Number(CommandFlags flags, string flag) =>
        int.Parse(flags.Value(flag)!, CultureInfo.InvariantCulture);

    private Task PostAsync(int first, int count) =>
        count > 1 ? PostBatchAsync(first, count)
        : _http is null ? PostOneAsync(first)
        : PostRawAsync(_http, first);

    private async Task PostOneAsync(int number)
    {
        var job = await _client.Jobs.EnqueueAsync(Request(number));
        _numbers[job.Id] = number;
        if (_seenEarly.TryRemove(job.Id, out var at))
        {
            _seen[number] = at;
        }
    }

    private async Task PostRawAsync(HttpClient http, int number)
    {
        using var body = new ByteArrayContent(
            JsonSerializer.SerializeToUtf8Bytes(Request(number), RestJson.Default.JobRequest)
        )
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        };
        using var answer = await http.PostAsync($"api/namespaces/{Names.DefaultNamespace}/jobs", body);
        answer.EnsureSuccessStatusCode();
        await answer.Content.ReadFromJsonAsync(RestJson.Default.JobView);
    }

    private async Task PostBatchAsync(int first, int count)
    {
        var requests = Enumerable.Range(first, count).Select(Request).ToArray();
        var answer = await _client.Jobs.EnqueueBatchAsync(requests);
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
