using System.Runtime.InteropServices;
using System.Text.Json;
using ScheduleZero.Benchmarks.Load;

namespace ScheduleZero.Benchmarks.Compare;

/// <summary>Compares ScheduleZero with other brokers, round by round.</summary>
internal sealed class CompareCommand : IDisposable
{
    public const string Verb = "compare";

    private const double LatencyJobsPerSecond = 20;

    private readonly CompareOptions _options;
    private readonly IReadOnlyList<Contestant> _contestants;
    private readonly List<CompareResult> _results = [];

    /// <summary>Why a contestant has no result, by its name.</summary>
    private readonly Dictionary<string, string> _reasons = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();

    private CompareCommand(CompareOptions options)
    {
        _options = options;
        _contestants =
        [
            .. Contestants.All.Where(one =>
                one.Peer is null || options.Peers is null || options.Peers.Contains(one.Peer)
            ),
        ];
    }

    public static async Task<int> RunAsync(string[] arguments)
    {
        CompareOptions options;
        try
        {
            options = CompareOptions.Read(arguments);
        }
        catch (FormatException e)
        {
            await Console.Error.WriteLineAsync($"{e.Message}\n{CompareOptions.Usage}");
            return 2;
        }

        using var command = new CompareCommand(options);
        return await command.RunAsync();
    }

    public void Dispose() => _stop.Dispose();

    private async Task<int> RunAsync()
    {
        // The servers of a comparison that somebody stops are stopped, too.
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        await FindMissingAsync();
        for (var round = 1; round <= _options.Rounds && !_stop.IsCancellationRequested; round++)
        {
            foreach (var contestant in _contestants.Where(one => !_reasons.ContainsKey(one.Name)))
            {
                await MeasureAsync(contestant, round);
            }
        }

        var all = _options.Results is null ? _results : ReadResults(_options.Results);
        Console.WriteLine(CompareTable.Of(_contestants, all, _reasons));
        return _stop.IsCancellationRequested || _results.Count == 0 ? 1 : 0;
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _stop.Cancel();
    }

    private async Task FindMissingAsync()
    {
        foreach (var contestant in _contestants)
        {
            if (contestant.Missing() is { } reason)
            {
                _reasons[contestant.Name] = reason;
            }
        }

        var built = _contestants.Where(one => one.NeedsPeersProject && !_reasons.ContainsKey(one.Name)).ToList();
        if (built.Count > 0 && await Programs.BuildPeersAsync() is { } notBuilt)
        {
            built.ForEach(one => _reasons[one.Name] = notBuilt);
        }
    }

    private async Task MeasureAsync(Contestant contestant, int round)
    {
        try
        {
            _stop.Token.ThrowIfCancellationRequested();
            var options = LoadOptions.Read([]) with
            {
                Jobs = Math.Min(_options.Jobs, contestant.JobsMax),
                IgnoresEvents = true,
            };
            await using var system = await contestant.StartAsync(options);
            var fast = await JobRun.MeasureAsync(system, options).WaitAsync(_stop.Token);
            var slow = options with { Jobs = _options.LatencyJobs, Producers = 1 };
            var idle = await JobRun.MeasureAsync(system, slow, LatencyJobsPerSecond).WaitAsync(_stop.Token);
            Note(CompareResult.Of(contestant, fast, idle), round);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Somebody has stopped the comparison.
        }
        catch (Exception e)
        {
            _reasons[contestant.Name] = e.Message.Split('\n')[0];
            await Console.Error.WriteLineAsync($"round {round}: {contestant.Name} failed, and is left out: {e}");
        }
    }

    private void Note(CompareResult result, int round)
    {
        _results.Add(result);
        var line = JsonSerializer.Serialize(result);
        Console.Error.WriteLine($"round {round}: {line}");
        if (_options.Results is not null)
        {
            File.AppendAllText(_options.Results, line + "\n");
        }
    }

    private static List<CompareResult> ReadResults(string file) =>
        File.Exists(file)
            ? [.. File.ReadLines(file).Select(line => JsonSerializer.Deserialize<CompareResult>(line)!)]
            : [];
}
