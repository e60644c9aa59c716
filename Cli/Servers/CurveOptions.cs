using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Edges;

namespace ScheduleZero.Cli.Servers;

/// <summary>The options by which a server secures its ZeroMQ connections.</summary>
internal sealed class CurveOptions
{
    private readonly Option<string[]> _key = ServerVerbs.AddressesOption(
        "--curve-key",
        "Secure ZeroMQ with CURVE: a file that `schedulezero curve create` made; while it is being replaced, the old "
            + "file after it (SCHEDULEZERO_CURVE_KEY); plaintext",
        "FILE"
    );
    private readonly Option<string[]> _server = ServerVerbs.AddressesOption(
        "--curve-server",
        "The public keys that dialled peers have, or files that hold them (SCHEDULEZERO_CURVE_SERVER)",
        "KEY"
    );
    private readonly Option<string?> _allow = Values.Text(
        "--curve-allow",
        "A file with the public keys of clients that may connect, a line for each, or `any` "
            + "(SCHEDULEZERO_CURVE_ALLOW); at a Broker beside those of `curve allow`",
        "FILE"
    );

    public void AddTo(Command verb)
    {
        verb.Add(_key);
        verb.Add(_server);
        verb.Add(_allow);
    }

    public CurveFlags Read(ParseResult parsed) =>
        new(ServerVerbs.Given(parsed, _key), ServerVerbs.Given(parsed, _server), parsed.GetValue(_allow));
}
