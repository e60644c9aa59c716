using System.Globalization;
using ScheduleZero.Contracts;

namespace ScheduleZero.Benchmarks.Compare;

/// <summary>The options of a <c>compare</c> command.</summary>
internal sealed record CompareOptions
{
    public const string Usage = """
        Usage: compare [settings]

        Measures ScheduleZero and other brokers on this machine, one after the other and round by round, and prints a table of medians. The servers
        come from `bash tests/install-peers.sh`; one that is missing has a row that says so. Build the Release configuration first. All processes
        listen on 127.0.0.1 and have their data in the folder for temporary files (TMPDIR), which should be on the disk that is to be measured.

          --rounds N         5
          --jobs N           jobs of a round, posted one a call by 16 callers and run by one other process: 20,000; Hangfire and Quartz.NET: 1,000 at most
          --latency-jobs N   jobs of a round that are posted at 20 a second to the idle broker: 100
          --peers NAME…      nats, redis, hangfire, quartz, rabbitmq: all of them; none for ScheduleZero alone
          --results FILE     adds each result to the file, and makes the table of all that is in it: rounds may be measured at several times
        """;

    private static readonly Dictionary<string, int> Flags = new(StringComparer.Ordinal)
    {
        ["--rounds"] = 1,
        ["--jobs"] = 1,
        ["--latency-jobs"] = 1,
        ["--peers"] = -1,
        ["--results"] = 1,
    };

    public required int Rounds { get; init; }

    public required int Jobs { get; init; }

    public required int LatencyJobs { get; init; }

    /// <summary>The peers that are measured; null for all.</summary>
    public required IReadOnlyList<string>? Peers { get; init; }

    /// <summary>The file of results; null when they are only printed.</summary>
    public required string? Results { get; init; }

    /// <exception cref="FormatException">A flag is unknown or has a wrong value.</exception>
    public static CompareOptions Read(IReadOnlyList<string> arguments)
    {
        var flags = new CommandFlags(arguments, Flags);
        var peers = flags.Values("--peers");
        if (peers?.FirstOrDefault(name => name != "none" && !Contestants.PeerNames.Contains(name)) is { } unknown)
        {
            throw new FormatException($"There is no peer '{unknown}'.");
        }

        return new CompareOptions
        {
            Rounds = Count(flags, "--rounds", 5),
            Jobs = Count(flags, "--jobs", 20_000),
            LatencyJobs = Count(flags, "--latency-jobs", 100),
            Peers = peers,
            Results = flags.Value("--results"),
        };
    }

    private static int Count(CommandFlags flags, string flag, int otherwise) =>
        flags.Value(flag) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && count is > 0 and <= 1_000_000
            ? count
        : throw new FormatException($"'{flag}' takes a number from 1 to 1,000,000.");
}
