using ScheduleZero.Benchmarks.Load;

namespace ScheduleZero.Benchmarks.Compare;

/// <summary>All brokers that are compared, the one first that the others are measured against.</summary>
internal static class Contestants
{
    public const string Reference = "nats";

    public static readonly IReadOnlyList<string> PeerNames = ["nats", "redis", "hangfire", "quartz", "rabbitmq"];

    private const int JobsOfSlow = 1_000;
    private const string OnDisk = "on disk (fdatasync)";

    public static IReadOnlyList<Contestant> All { get; } =
    [
        new()
        {
            Name = Reference,
            Peer = "nats",
            Title = "NATS JetStream",
            Acknowledged = "written to a file, not flushed: a power cut loses up to 2 minutes",
            Missing = () => Programs.MissingOf("nats-server"),
            NeedsPeersProject = true,
            StartAsync = options => PeerSystem.StartAsync("nats", options, PeerServers.StartNatsAsync),
        },
        new()
        {
            Name = "redis",
            Peer = "redis",
            Title = "BullMQ, Redis everysec",
            Acknowledged = "in memory and on its way to disk: a power cut loses up to 1 second",
            Missing = () => Programs.MissingOf("redis-server", "node") ?? Programs.MissingBullMq(),
            StartAsync = options =>
                PeerSystem.StartAsync("redis", options, system => PeerServers.StartRedisAsync(system, "everysec")),
        },
        new()
        {
            Name = "redis-always",
            Peer = "redis",
            Title = "BullMQ, Redis always",
            Acknowledged = OnDisk,
            Missing = () => Programs.MissingOf("redis-server", "node") ?? Programs.MissingBullMq(),
            StartAsync = options =>
                PeerSystem.StartAsync("redis", options, system => PeerServers.StartRedisAsync(system, "always")),
        },
        new()
        {
            Name = "rabbitmq",
            Peer = "rabbitmq",
            Title = "RabbitMQ, classic queue",
            Acknowledged = "confirmed: on disk, or already run and acknowledged",
            Missing = () => Programs.MissingFile(PeerServers.RabbitServer),
            NeedsPeersProject = true,
            StartAsync = options => PeerSystem.StartAsync("rabbitmq", options, PeerServers.StartRabbitAsync),
        },
        new()
        {
            Name = "hangfire",
            Peer = "hangfire",
            Title = "Hangfire, PostgreSQL",
            Acknowledged = OnDisk,
            JobsMax = JobsOfSlow,
            Missing = Programs.MissingPostgres,
            NeedsPeersProject = true,
            StartAsync = options => PeerSystem.StartAsync("hangfire", options, PeerServers.StartPostgresAsync),
        },
        new()
        {
            Name = "quartz",
            Peer = "quartz",
            Title = "Quartz.NET, PostgreSQL",
            Acknowledged = OnDisk,
            JobsMax = JobsOfSlow,
            Missing = Programs.MissingPostgres,
            NeedsPeersProject = true,
            StartAsync = options => PeerSystem.StartAsync("quartz", options, PeerServers.StartPostgresAsync),
        },
        ScheduleZero("schedulezero", "ScheduleZero, client library, SignalR"),
        ScheduleZero("schedulezero-zeromq", "ScheduleZero, client library, ZeroMQ", "--carrier", "zeromq"),
        ScheduleZero("schedulezero-raw", "ScheduleZero, plain HTTP, SignalR", "--raw"),
    ];

    private static Contestant ScheduleZero(string name, string title, params string[] flags) =>
        new()
        {
            Name = name,
            Title = title,
            Acknowledged = OnDisk,
            StartAsync = async options =>
            {
                var own = LoadOptions.Read(flags);
                var system = new LoadSystem(options with { IsRaw = own.IsRaw, IsZeroMq = own.IsZeroMq });
                try
                {
                    await system.StartServersAsync(needsBridge: !own.IsZeroMq);
                    return system;
                }
                catch
                {
                    await system.DisposeAsync();
                    throw;
                }
            },
        };
}
