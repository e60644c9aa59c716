using System.CommandLine;
using ScheduleZero.Cli.Configuration;

namespace ScheduleZero.Cli.Servers;

/// <summary>The options by which an agent names its own CURVE key and those of servers.</summary>
internal sealed class AgentCurveOptions
{
    private const string KeyVariable = "SCHEDULEZERO_CURVE_KEY";
    private const string ServerVariable = "SCHEDULEZERO_CURVE_SERVER";

    private readonly Option<string?> _key = Values.Text(
        "--curve-key",
        $"The agent's own CURVE key pair, for tcp:// servers that let in only keys they know ({KeyVariable})",
        "FILE"
    );
    private readonly Option<string[]> _servers = Values.Many(
        "--curve-server",
        "A CURVE key that tcp:// servers may have, or a file with it: encrypts, and talks to nobody else "
            + $"({ServerVariable})",
        "KEY"
    );

    public void AddTo(Command verb)
    {
        verb.Add(_key);
        verb.Add(_servers);
    }

    /// <summary>The file with the agent's own key pair; null when none was given.</summary>
    public string? ReadKey(ParseResult parsed, Terminal terminal) =>
        parsed.GetValue(_key) ?? terminal.Setting(KeyVariable);

    /// <summary>Keys of servers; empty when none was given.</summary>
    public IReadOnlyList<string> ReadServers(ParseResult parsed, Terminal terminal) =>
        ServerVerbs.Given(parsed, _servers) ?? Contracts.CommandFlags.Split(terminal.Setting(ServerVariable)) ?? [];
}
