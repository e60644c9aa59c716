using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.EndToEnd.Tests.Agents;

namespace ScheduleZero.EndToEnd.Tests.Faults;

/// <summary>
/// The checker of the fault tests as a command, for a run of any other kind. It reads the Broker's history, and what
/// producers and agents wrote down.
/// </summary>
internal static class HistoryCommand
{
    public const string Verb = "check-history";

    public const string Usage = $"""
        Usage: {Verb} --server URL --acknowledged FILE --journals FILE... [--namespace NAME] [--may-run-again]

        Says whether every promise was kept: nothing acknowledged is lost, one accepted outcome each, growing tokens, no two executions at once.
        The API key is taken from SCHEDULEZERO_API_KEY. Ends with 0 when all was kept, with 1 when not, with 2 when asked wrongly.

          --acknowledged FILE   ids of the jobs that producers were told of, one a line
          --journals FILE...    what agents wrote down, one file for each process: lines "B|E|S job token instant"
          --namespace NAME      default
          --may-run-again       agents were killed: what they ran runs again after their leases
        """;

    private static readonly Dictionary<string, int> Flags = new(StringComparer.Ordinal)
    {
        ["--server"] = 1,
        ["--acknowledged"] = 1,
        ["--journals"] = -1,
        ["--namespace"] = 1,
        ["--may-run-again"] = 0,
    };

    public static async Task<int> RunAsync(string[] arguments)
    {
        CommandFlags flags;
        JobId[] acknowledged;
        List<Execution> executions;
        try
        {
            flags = new CommandFlags(arguments, Flags);
            acknowledged =
            [
                .. (await File.ReadAllLinesAsync(Need("--acknowledged")))
                    .Where(line => line.Length > 0)
                    .Select(line => new JobId(Guid.Parse(line))),
            ];
            Need("--journals");
            // The command does not know when a process was killed, so an execution without an end counts as running
            // until the end.
            executions =
            [
                .. flags
                    .Values("--journals")!
                    .SelectMany(file =>
                        ExecutionJournal.Read(file, Path.GetFileNameWithoutExtension(file), long.MaxValue)
                    ),
            ];
            Need("--server");
        }
        catch (Exception e) when (e is FormatException or IOException)
        {
            await Console.Error.WriteLineAsync($"{e.Message}\n{Usage}");
            return 2;
        }

        using var client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions
            {
                Server = new Uri(flags.Value("--server")!),
                ApiKey = Environment.GetEnvironmentVariable("SCHEDULEZERO_API_KEY"),
                Namespace = flags.Value("--namespace") ?? Names.DefaultNamespace,
            }
        );
        var history = await History.ReadAsync(client);
        var broken = HistoryChecker.Check(acknowledged, history, executions, flags.Has("--may-run-again"));
        foreach (var promise in broken)
        {
            Console.WriteLine(promise);
        }

        Console.WriteLine(
            $"{acknowledged.Length} acknowledged, {history.Jobs.Count} known, {executions.Count} executions: "
                + $"{(broken.Count == 0 ? "every promise was kept" : "promises were broken")}"
        );
        return broken.Count == 0 ? 0 : 1;

        string Need(string flag) => flags.Value(flag) ?? throw new FormatException($"'{flag}' is needed.");
    }
}
