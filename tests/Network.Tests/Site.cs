using System.Net;
using System.Net.Sockets;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Network.Tests.Processes;
using ScheduleZero.Network.Tests.Topology;

namespace ScheduleZero.Network.Tests;

/// <summary>Which side opens the connection between Broker and Bridge.</summary>
public enum Dialler
{
    Bridge,

    /// <summary>The Broker dials. Nothing inbound is open on the Broker's side.</summary>
    Broker,
}

/// <summary>
/// The product at work in an <see cref="OfficeNetwork"/>: Broker inside, Bridges in the DMZ, an agent in the office.
/// </summary>
internal sealed class Site : IAsyncDisposable
{
    public const string Handler = "office-7";
    public const string EchoMethod = "text.echo";
    public const string WaitMethod = "host.wait";

    /// <summary>
    /// A method that adds a line to <see cref="Notes"/>, so that a test sees what has run and how often.
    /// </summary>
    public const string NoteMethod = "text.note";
    public const int RouterPort = 4242;

    private const int RestPort = 8888;
    private string AgentConfig =>
        $$"""
            handler: office-7
            capacity: 8
            methods:
              text.echo:
                command: echo
                args: ["${params.text}"]
                params:
                  text: { type: string, required: true }
                result: stdout
              text.note:
                command: sh
                args: ["-c", "echo \"$1\" >> {{Notes}}; sleep 0.2", "sh", "${params.text}"]
                params:
                  text: { type: string, required: true }
              host.wait:
                command: sleep
                args: ["${params.seconds}"]
                params:
                  seconds: { type: integer, required: true }
            """;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-network-").FullName;
    private readonly string _adminKey = ApiKey.Generate().Reveal();
    private readonly Dialler _dialler;
    private readonly int _bridgeCount;
    private readonly Dictionary<string, string> _bridgeKeys = [];
    private readonly List<ServerProcess> _started = [];

    private Site(OfficeNetwork network, Dialler dialler, int bridgeCount)
    {
        (Network, _dialler, _bridgeCount) = (network, dialler, bridgeCount);
        var options = new ScheduleZeroClientOptions
        {
            Server = new Uri($"http://127.0.0.1:{RestPort}"),
            ApiKey = _adminKey,
        };
        // REST listens on the Broker's loopback interface. Only the client's socket is opened inside that network.
        Client = new ScheduleZeroClient(options, new SocketsHttpHandler { ConnectCallback = ConnectInsideAsync });
    }

    public string Notes => Path.Combine(_folder, "notes");

    public OfficeNetwork Network { get; }

    public ScheduleZeroClient Client { get; }

    public ServerProcess Broker { get; private set; } = null!;

    public Dictionary<string, ServerProcess> Bridges { get; } = [];

    public ServerProcess Agent { get; private set; } = null!;

    /// <summary>Builds the network, starts all programs, and waits until the agent is ready for jobs.</summary>
    public static async Task<Site> BuildAsync(Dialler dialler, int bridgeCount, CancellationToken cancellationToken)
    {
        int[] openPorts = dialler == Dialler.Bridge ? [RouterPort] : [];
        var site = new Site(await OfficeNetwork.BuildAsync(openPorts, cancellationToken), dialler, bridgeCount);
        try
        {
            await site.StartAsync(cancellationToken);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    public async Task StartBrokerAsync(CancellationToken cancellationToken)
    {
        string[] endpoints =
            _dialler == Dialler.Bridge
                ? [$"tcp://{OfficeNetwork.InsideAddress}:{RouterPort}"]
                :
                [
                    .. BridgeNames()
                        .Select((_, index) => $">tcp://{OfficeNetwork.DmzAddressInside}:{BridgeLinkPort(index)}"),
                ];
        Broker = await StartAsync(
            "broker",
            Network.Inside,
            [
                "broker",
                "--data",
                Path.Combine(_folder, "data"),
                "--urls",
                $"http://127.0.0.1:{RestPort}",
                .. endpoints.SelectMany(endpoint => new[] { "--router", endpoint }),
                "--insecure-allow-remote-plaintext",
            ],
            new Dictionary<string, string>
            {
                ["SCHEDULEZERO_BOOTSTRAP_KEY"] = _adminKey,
                ["SCHEDULEZERO_REQUESTS_PER_MINUTE"] = "1000000",
            },
            cancellationToken
        );
    }

    public async Task StartBridgeAsync(string name, CancellationToken cancellationToken)
    {
        if (!_bridgeKeys.TryGetValue(name, out var key))
        {
            var created = await Client.Keys.CreateAsync(
                new KeyRequest { Kind = KeyKind.Bridge, Name = name },
                cancellationToken
            );
            _bridgeKeys[name] = key = created.Key;
        }

        var index = Array.IndexOf(BridgeNames(), name);
        var broker =
            _dialler == Dialler.Bridge
                ? $"tcp://{OfficeNetwork.InsideAddress}:{RouterPort}"
                : $"@tcp://{OfficeNetwork.DmzAddressInside}:{BridgeLinkPort(index)}";
        Bridges[name] = await StartAsync(
            name,
            Network.Dmz,
            [
                "bridge",
                "--urls",
                BridgeUrl(index),
                "--broker",
                broker,
                "--name",
                name,
                "--insecure-allow-remote-plaintext",
            ],
            new Dictionary<string, string> { ["SCHEDULEZERO_BRIDGE_KEY"] = key },
            cancellationToken
        );
    }

    /// <summary>Submits a job that sleeps, and waits until the job has started.</summary>
    public async Task<JobId> StartWaitingJobAsync(TimeSpan length, CancellationToken cancellationToken)
    {
        var job = await Client.Jobs.EnqueueAsync(
            WaitMethod,
            new { seconds = (int)length.TotalSeconds },
            cancellationToken: cancellationToken
        );
        await Eventually.SeeAsync(
            "the job runs",
            () => Client.Jobs.GetAsync(job.Id, cancellationToken),
            seen => seen is { State: JobState.Running, StartedAt: not null },
            Soon,
            cancellationToken
        );
        return job.Id;
    }

    public Task<JobView> WaitForEndAsync(JobId id, TimeSpan within, CancellationToken cancellationToken) =>
        Eventually.SeeAsync(
            "the job ends",
            () => Client.Jobs.GetAsync(id, cancellationToken),
            seen => seen.State is not (JobState.Scheduled or JobState.Ready or JobState.Running),
            within,
            cancellationToken
        );

    /// <summary>The only session of the agent.</summary>
    public async Task<SessionView> SessionAsync(CancellationToken cancellationToken) =>
        (await Client.Handlers.GetAsync(Handler, cancellationToken)).Sessions.Single();

    public Task<SessionView> WaitForSessionAsync(
        string what,
        Func<SessionView, bool> isSo,
        CancellationToken cancellationToken
    ) => Eventually.SeeAsync(what, () => SessionAsync(cancellationToken), isSo, Soon, cancellationToken);

    /// <summary>The output of every program, for the message of a failure.</summary>
    public string Printed() => string.Join(Environment.NewLine, _started.Select(server => server.Printed));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (var server in Enumerable.Reverse(_started))
        {
            await server.DisposeAsync();
        }

        await Network.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string BridgeUrl(int index) => $"http://{OfficeNetwork.DmzAddress}:{8890 + index}";

    private static int BridgeLinkPort(int index) => 4243 + index;

    private string[] BridgeNames() => [.. Enumerable.Range(1, _bridgeCount).Select(number => $"dmz-{number}")];

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await StartBrokerAsync(cancellationToken);
        foreach (var name in BridgeNames())
        {
            await StartBridgeAsync(name, cancellationToken);
        }

        var key = await Client.Keys.CreateAsync(
            new KeyRequest { Kind = KeyKind.Handler, Handler = Handler },
            cancellationToken
        );
        var config = Path.Combine(_folder, "agent.yaml");
        await File.WriteAllTextAsync(config, AgentConfig, cancellationToken);
        Agent = await StartAsync(
            "agent",
            Network.Office,
            [
                "agent",
                "--config",
                config,
                .. Enumerable.Range(0, _bridgeCount).SelectMany(index => new[] { "--bridge", BridgeUrl(index) }),
            ],
            new Dictionary<string, string> { ["SCHEDULEZERO_API_KEY"] = key.Key },
            cancellationToken
        );
        await WaitForSessionAsync("the agent is ready", session => session.State == "ready", cancellationToken);
    }

    private async Task<ServerProcess> StartAsync(
        string name,
        NetworkNamespace network,
        string[] arguments,
        Dictionary<string, string> environment,
        CancellationToken cancellationToken
    )
    {
        var server = await ServerProcess.StartAsync(name, network, arguments, environment, cancellationToken);
        _started.Add(server);
        return server;
    }

    private async ValueTask<Stream> ConnectInsideAsync(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    )
    {
        var socket = Network.Inside.OpenSocket();
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, context.DnsEndPoint.Port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
