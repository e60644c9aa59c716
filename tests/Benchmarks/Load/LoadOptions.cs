using System.Globalization;
using ScheduleZero.Benchmarks.Children;
using ScheduleZero.Contracts;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>The options of a <c>load</c> command.</summary>
internal sealed record LoadOptions
{
    public const string Usage = """
        Usage: load [workload] [settings]

        Starts a Broker, a Bridge, agents and a producer as processes of their own, on a durable store in a temporary folder, runs
        one workload, and prints one line of JSON. Build the Release configuration first.

          --mode throughput    jobs as fast as the producers post them (the default)
          --mode latency       500 jobs at 20 a second on an idle system
          --schedules N        N schedules that fire each second
          --schedule-crowd N   N schedules that are not due, and 1,000 that are due at once: memory, restart, REST meanwhile
          --backlog N          N jobs that nobody runs: memory, restart, and the rate beside 1,000 and beside N
          --searches N         N finished jobs and as many waiting ones as --waiting says: each list, filter and statistic to its first full page
          --pages N            N pages of the dashboard at once in a real Chromium, on a store filled as for --searches; also the first page's weight
                               and time, lists, an idle page, and jobs started beside a live page: 500 transitions a second
          --fill N             N whole lives of jobs in the store alone, without a Broker: how many it takes in a second
          --idle-agents N      N handlers that only stay connected, for 30 s

          --soak N             N jobs from beginning to end; prints the Broker's memory before them, after the first --first, in the middle
                               and at the end

          --seconds N          schedules: how long to look at them: 30; soak: how long to go on at most: 3,600
          --first N            soak: 100,000, or a tenth of the jobs if that is less
          --body-bytes N       soak: of each job's params, and of its result: 32
          --waiting N          searches: 500,000
          --jobs N             throughput: 20,000; latency: 500
          --producers N        posting at once, in one process: 16
          --batch N            jobs in a request, 1 to 1,000: 1
          --no-gather          a request for each call of the producers; by default the client gathers calls
          --agents N           processes that run jobs: 1
          --capacity N         attempts that an agent takes at once: 256
          --carrier NAME       signalr, through a Bridge (the default), or zeromq, straight to the Broker
          --curve              the ZeroMQ connections are encrypted with CURVE: the Bridge's link, or the agents' own
          --sealed             the agents are enrolled and their sessions sealed, which the Bridge cannot read
          --raw                the producer posts plain HTTP requests of its own, without the client library
          --no-events          latency: the producer does not listen to the jobs' ends
          --schema             the agent publishes a schema, against which the Broker checks each job's params
          --keep-logs          print what the processes printed, to standard error
        """;

    private static readonly Dictionary<string, int> Flags = new(StringComparer.Ordinal)
    {
        ["--mode"] = 1,
        ["--schedules"] = 1,
        ["--schedule-crowd"] = 1,
        ["--soak"] = 1,
        ["--first"] = 1,
        ["--body-bytes"] = 1,
        ["--seconds"] = 1,
        ["--backlog"] = 1,
        ["--searches"] = 1,
        ["--pages"] = 1,
        ["--fill"] = 1,
        ["--waiting"] = 1,
        ["--idle-agents"] = 1,
        ["--jobs"] = 1,
        ["--producers"] = 1,
        ["--batch"] = 1,
        [LoadProducer.NoGatherFlag] = 0,
        ["--agents"] = 1,
        ["--capacity"] = 1,
        ["--carrier"] = 1,
        ["--curve"] = 0,
        ["--sealed"] = 0,
        ["--raw"] = 0,
        ["--no-events"] = 0,
        ["--schema"] = 0,
        ["--keep-logs"] = 0,
    };

    public required bool IsLatency { get; init; }

    public required int Schedules { get; init; }

    public required int ScheduleCrowd { get; init; }

    public required int Seconds { get; init; }

    /// <summary>The number of jobs of a soak; 0 for another workload.</summary>
    public required int Soak { get; init; }

    /// <summary>
    /// The number of jobs of a soak after which memory is measured for the first time. Later figures are compared with
    /// that one.
    /// </summary>
    public required int First { get; init; }

    /// <summary>The size in bytes of the params, and of the result, of each job of a soak.</summary>
    public required int BodyBytes { get; init; }

    public required int Backlog { get; init; }

    public required int IdleAgents { get; init; }

    /// <summary>The number of finished jobs to search; 0 for another workload.</summary>
    public required int Searches { get; init; }

    public required int Waiting { get; init; }

    /// <summary>The number of pages of the dashboard that are open at once; 0 for another workload.</summary>
    public required int Pages { get; init; }

    public required bool FillsOnly { get; init; }

    public required int Jobs { get; init; }

    public required int Producers { get; init; }

    public required int Batch { get; init; }

    /// <summary>Whether the client gathers the calls of the producers.</summary>
    public required bool Gathers { get; init; }

    public required int Agents { get; init; }

    public required int Capacity { get; init; }

    public required bool IsZeroMq { get; init; }

    /// <summary>Whether ZeroMQ connections are encrypted with CURVE.</summary>
    public required bool IsCurve { get; init; }

    /// <summary>Whether the agents are enrolled, and their sessions sealed.</summary>
    public required bool IsSealed { get; init; }

    /// <summary>Whether the agent publishes a schema of the params.</summary>
    public required bool HasSchema { get; init; }

    /// <summary>Whether the producer posts plain HTTP requests, without the client library.</summary>
    public required bool IsRaw { get; init; }

    /// <summary>Whether a producer of a latency run does not listen to the jobs' ends.</summary>
    public required bool IgnoresEvents { get; init; }

    public required bool KeepsLogs { get; init; }

    /// <summary>Jobs that run before the clock starts, so that code is compiled and connections are open.</summary>
    public int WarmUpJobs => Math.Clamp(Jobs / 10, 20, 500);

    /// <exception cref="FormatException">A flag is unknown or has a wrong value.</exception>
    public static LoadOptions Read(IReadOnlyList<string> arguments)
    {
        var flags = new CommandFlags(arguments, Flags);
        var soak = Count(flags, "--soak", 0);
        var isLatency = Word(flags, "--mode", "throughput", "latency") == "latency";
        return new LoadOptions
        {
            IsLatency = isLatency,
            Schedules = Count(flags, "--schedules", 0),
            ScheduleCrowd = Count(flags, "--schedule-crowd", 0),
            Seconds = Count(flags, "--seconds", soak > 0 ? 3_600 : 30),
            Soak = soak,
            First = Math.Min(Count(flags, "--first", Math.Clamp(soak / 10, 1, 100_000)), Math.Max(soak, 1)),
            BodyBytes = Count(flags, "--body-bytes", 32),
            Backlog = Count(flags, "--backlog", 0),
            IdleAgents = Count(flags, "--idle-agents", 0),
            Searches = Count(flags, "--searches", Count(flags, "--fill", 0)),
            Pages = Count(flags, "--pages", 0),
            FillsOnly = flags.Value("--fill") is not null,
            Waiting = flags.Value("--fill") is not null ? 0 : Count(flags, "--waiting", 500_000),
            Jobs = Count(flags, "--jobs", isLatency ? 500 : 20_000),
            Producers = isLatency ? 1 : Count(flags, "--producers", 16),
            Batch = isLatency ? 1 : Count(flags, "--batch", 1),
            Gathers = !flags.Has(LoadProducer.NoGatherFlag),
            Agents = Count(flags, "--agents", 1),
            Capacity = Count(flags, "--capacity", 256),
            IsZeroMq = Word(flags, "--carrier", "signalr", "zeromq") == "zeromq",
            IsCurve = flags.Has("--curve"),
            IsSealed =
                flags.Has("--sealed")
                && (
                    flags.Value("--idle-agents") is null
                        ? true
                        : throw new FormatException("'--idle-agents' have API keys, with which nothing is sealed.")
                ),
            HasSchema = flags.Has("--schema"),
            IsRaw = flags.Has("--raw"),
            IgnoresEvents = flags.Has("--no-events"),
            KeepsLogs = flags.Has("--keep-logs"),
        };
    }

    private static int Count(CommandFlags flags, string flag, int otherwise) =>
        flags.Value(flag) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && count is > 0 and <= 10_000_000
            ? count
        : throw new FormatException($"'{flag}' takes a number from 1 to 10,000,000.");

    private static string Word(CommandFlags flags, string flag, params string[] words) =>
        flags.Value(flag) is not { } given ? words[0]
        : words.Contains(given) ? given
        : throw new FormatException($"'{flag}' is one of {string.Join(", ", words)}.");
}
