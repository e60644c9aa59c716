using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.HandlerAgent.Commands;
using ScheduleZero.HandlerAgent.Diagnosis;

namespace ScheduleZero.Cli.Servers;

/// <summary><c>schedulezero doctor</c>: walks the way from a handler's machine to its Bridges, step by step.</summary>
internal static partial class DoctorVerb
{
    private static readonly TimeSpan SilenceMin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(120);

    public static Verb Create(Terminal terminal)
    {
        var options = new AgentOptions(needsConfig: false);
        var silence = Values.Duration("--for", "Measures how long a silent connection survives, 5s to 120s");
        var json = new Option<bool>("--json") { Description = "Prints JSON, as --output json does" };
        var shell = new Shell(terminal);
        var verb = new Verb(
            "doctor",
            "Walks the way from this machine to a handler's Bridges step by step, with the settings of the agent, and "
                + "says at the first failure what is wrong and what to do",
            "schedulezero doctor --config agent.yaml",
            "schedulezero doctor --bridge https://bridge.example --for 90s",
            "schedulezero doctor --bridge https://bridge.example --proxy http://proxy.corp:3128 --json"
        )
        {
            silence,
            json,
        };
        options.AddTo(verb);
        shell.RunLocally(
            verb,
            (parsed, cancellationToken) =>
                RunAsync(
                    options.Read(parsed, terminal),
                    Require(parsed.GetValue(silence)),
                    parsed.GetValue(json) || parsed.GetValue<OutputFormat?>("--output") is OutputFormat.Json,
                    terminal,
                    cancellationToken
                )
        );
        return verb;
    }

    private static TimeSpan? Require(TimeSpan? silence) =>
        silence is not { } length || (length >= SilenceMin && length <= SilenceMax)
            ? silence
            : throw new UsageException("--for takes 5s to 120s; no keep-alive needs to know more.");

    private static async Task<int> RunAsync(
        CommandAgentSettings settings,
        TimeSpan? silence,
        bool isJson,
        Terminal terminal,
        CancellationToken cancellationToken
    )
    {
        string? told = null;
        void Print(string address, WayStep step)
        {
            if (isJson)
            {
                return;
            }

            if (told != address)
            {
                if (told is not null)
                {
                    terminal.Out.WriteLine();
                }

                terminal.Out.WriteLine(PlainText.OneLine(address));
                told = address;
            }

            terminal.Out.WriteLine($"  {Mark(step.Outcome), -7} {step.Name, -9} {PlainText.OneLine(step.Detail)}");
        }

        IReadOnlyList<WalkedWay> ways;
        try
        {
            ways = await AgentDoctor.RunAsync(settings, silence, terminal.Time, Print, cancellationToken);
        }
        catch (ConfigException e)
        {
            throw new UsageException(e.Message);
        }

        if (isJson)
        {
            await terminal.Out.WriteLineAsync(JsonSerializer.Serialize(ways, WaysJson.Default.IReadOnlyListWalkedWay));
        }

        return ways.All(way => way.IsSound) ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static string Mark(StepOutcome outcome) =>
        outcome switch
        {
            StepOutcome.Ok => "ok",
            StepOutcome.Warning => "warning",
            StepOutcome.Failed => "FAILED",
            _ => "-",
        };

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, WriteIndented = true)]
    [JsonSerializable(typeof(IReadOnlyList<WalkedWay>))]
    private sealed partial class WaysJson : JsonSerializerContext;
}
