using System.CommandLine;
using ScheduleZero.Bridge;
using ScheduleZero.Broker.Host;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Dev;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Cli.Servers;

/// <summary>
/// <c>schedulezero dev</c>: a Broker, a Bridge and a handler in one process, and a demo that runs through them.
/// </summary>
internal static class DevVerb
{
    private const string Handler = "demo";

    public static Command Create(Terminal terminal)
    {
        var once = new Option<bool>("--once")
        {
            Description = "Run the demo and exit: 0 when its jobs have succeeded and a schedule has fired",
        };
        var urls = Values.Many("--urls", "REST; a free port of 127.0.0.1 unless given", "URL");
        var verb = new Verb(
            "dev",
            "Everything in one process, with a demo handler: for a first look. Its data is in a temporary "
                + "folder and thrown away",
            "schedulezero dev",
            "schedulezero dev --once"
        )
        {
            once,
            urls,
        };
        verb.SetAction(
            (parsed, cancellationToken) =>
                ServerProgram.UntilStoppedAsync(
                    stop =>
                        RunAsync(
                            terminal,
                            parsed.GetValue(urls) is { Length: > 0 } given ? given : ["http://127.0.0.1:0"],
                            parsed.GetValue(once),
                            stop
                        ),
                    cancellationToken
                )
        );
        return verb;
    }

    private static async Task<int> RunAsync(
        Terminal terminal,
        IReadOnlyList<string> urls,
        bool once,
        CancellationToken stop
    )
    {
        var folder = Directory.CreateTempSubdirectory("schedulezero-dev-");
        try
        {
            return await RunInAsync(folder.FullName, terminal, urls, once, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Ok;
        }
        catch (BrokerSettingsException e)
        {
            await terminal.Error.WriteLineAsync($"error: {e.Message}");
            return ExitCodes.Usage;
        }
        catch (Exception e) when (e is IOException or NetMQ.NetMQException)
        {
            await terminal.Error.WriteLineAsync($"error: The servers cannot listen: {e.Message}");
            return ExitCodes.Unreachable;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<int> RunInAsync(
        string folder,
        Terminal terminal,
        IReadOnlyList<string> urls,
        bool once,
        CancellationToken stop
    )
    {
        var printer = new LifePrinter(terminal);
        await using var broker = await StartBrokerAsync(folder, urls, stop);
        var server = new Uri(broker.Urls[0]);
        var adminKey = broker.BootstrapKey!;
        printer.Line("broker", "ready", $"{server} {broker.Router[0]}");

        using var client = new ScheduleZeroClient(new ScheduleZeroClientOptions { Server = server, ApiKey = adminKey });
        await using var bridge = await StartBridgeAsync(client, broker.Router, stop);
        await bridge.Linked.WaitAsync(stop);
        printer.Line("bridge", "ready", bridge.Urls[0]);

        await using var agent = await StartHandlerAsync(client, bridge.Urls[0], stop);
        await agent.WaitForWelcomeAsync(stop);
        printer.Line($"handler {Handler}", "connected", "outbound to the bridge; nothing dials it");

        return await new Demo(client, printer, terminal.Time).RunAsync(
            once,
            NextSteps.Text(server, adminKey, goesOn: !once),
            stop
        );
    }

    private static Task<RunningBroker> StartBrokerAsync(
        string folder,
        IReadOnlyList<string> urls,
        CancellationToken stop
    ) =>
        BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = folder,
                Urls = urls,
                Router = ["tcp://127.0.0.1:0"],
            },
            ServerWarnings,
            stop
        );

    private static async Task<RunningBridge> StartBridgeAsync(
        ScheduleZeroClient client,
        IReadOnlyList<string> router,
        CancellationToken stop
    )
    {
        var key = await client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Bridge, Name = "dev" }, stop);
        return await BridgeServer.StartAsync(
            new BridgeSettings
            {
                Urls = ["http://127.0.0.1:0"],
                Brokers = router,
                Key = key.Key,
                Name = "dev",
            },
            ServerWarnings,
            stop
        );
    }

    private static async Task<RunningAgent> StartHandlerAsync(
        ScheduleZeroClient client,
        string bridge,
        CancellationToken stop
    )
    {
        var key = await client.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Handler,
                Handler = Handler,
                Methods = ["demo.*"],
            },
            stop
        );
        return DemoHandler.Start(Handler, key.Key, bridge);
    }

    // The lines of the demo show what happens. The log shows only what goes wrong.
    private static void ServerWarnings(ILoggingBuilder logging)
    {
        ConsoleLogs.ToStandardError(logging);
        logging.SetMinimumLevel(LogLevel.Warning);
    }
}
