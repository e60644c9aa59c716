using ScheduleZero.Broker.Host;
using ScheduleZero.Edges;

namespace ScheduleZero.Cli.Servers;

/// <summary><c>schedulezero broker</c>.</summary>
internal static class BrokerVerb
{
    public static Verb Create(Terminal terminal)
    {
        var options = new ServerOptions(BrokerArguments.Options);
        var verb = new Verb(
            "broker",
            "Starts a Broker: the scheduler, its store and REST. The first start prints the admin key, once",
            "schedulezero broker",
            "schedulezero broker --data /var/lib/schedulezero --router tcp://127.0.0.1:4242 '>tcp://bridge.dmz:4243' "
                + "--curve-key broker.curve --curve-server bridge.public --curve-allow clients.txt",
            "schedulezero broker --urls https://0.0.0.0:8443 --tls-cert chain.pem --tls-key key.pem",
            "schedulezero broker --urls https://0.0.0.0:443 --acme broker.example.org --acme-agree-terms"
        );
        options.AddTo(verb);
        ServerVerbs.Serve<BrokerSettings, BrokerSettingsException>(
            verb,
            terminal,
            parsed => BrokerArguments.From(options.Read(parsed), terminal.Setting),
            (settings, stop) =>
                BrokerCommand.RunAsync(settings, terminal.Out, terminal.Error, ConsoleLogs.ToStandardError, stop)
        );
        return verb;
    }
}
