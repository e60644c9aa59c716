using System.Globalization;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using ScheduleZero.Benchmarks.Load;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Benchmarks.Children;

/// <summary>Many handlers in one process that send only what the protocol asks of an idle handler.</summary>
internal static class IdleCrowd
{
    public const string Verb = "load-idle";

    private const int ConnectingAtOnce = 32;

    private static readonly Dictionary<string, int> Flags = new(StringComparer.Ordinal)
    {
        ["--bridge"] = 1,
        ["--count"] = 1,
    };

    public static async Task<int> RunAsync(string[] arguments)
    {
        var flags = new CommandFlags(arguments, Flags);
        var count = int.Parse(flags.Value("--count")!, CultureInfo.InvariantCulture);
        var hub = new Uri(flags.Value("--bridge")! + "/hubs/handlers");
        var heartbeat = TimeSpan.Zero;
        var connections = new HubConnection[count];
        await Parallel.ForAsync(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = ConnectingAtOnce },
            async (i, cancellationToken) =>
            {
                connections[i] = Build(hub);
                await connections[i].StartAsync(cancellationToken);
                var hello = new Hello
                {
                    Protocol = ProtocolJson.Version,
                    Handler = LoadSystem.HandlerName,
                    Instance = Guid.NewGuid().ToString("N"),
                    Methods = [new OfferedMethod { Name = LoadAgent.MethodDefault }],
                    Capacity = 1,
                };
                var welcome = await connections[i].InvokeAsync<RawJson>(nameof(Hello), Body(hello), cancellationToken);
                heartbeat = TimeSpan.FromSeconds(welcome.To<Welcome>()!.HeartbeatSeconds);
            }
        );
        Console.WriteLine("READY");
        await BeatAsync(connections, heartbeat);
        return 0;
    }

    private static HubConnection Build(Uri hub)
    {
        var connection = new HubConnectionBuilder()
            .WithUrl(
                hub,
                HttpTransportType.WebSockets,
                http =>
                {
                    http.SkipNegotiation = true;
                    http.AccessTokenProvider = () =>
                        Task.FromResult(Environment.GetEnvironmentVariable("SCHEDULEZERO_API_KEY"));
                }
            )
            .Build();
        connection.On<RawJson>(
            nameof(Probe),
            probe =>
                connection.SendAsync(
                    nameof(Report),
                    Body(
                        new Report([new ReportEvent { Type = ReportEventTypes.Pong, Nonce = probe.To<Probe>()!.Nonce }])
                    )
                )
        );
        return connection;
    }

    /// <summary>Sends the heartbeats of all handlers, one after the other, spread evenly over the interval.</summary>
    private static async Task BeatAsync(HubConnection[] connections, TimeSpan interval)
    {
        var body = Body(new Heartbeat(1, []));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var (tick, steps) = (0, (int)(interval / timer.Period)); await timer.WaitForNextTickAsync(); tick++)
        {
            for (var i = tick % steps; i < connections.Length; i += steps)
            {
                await connections[i].SendAsync(nameof(Heartbeat), body);
            }
        }
    }

    private static RawJson Body(IMessage message) => new(ProtocolJson.Write(message));
}
