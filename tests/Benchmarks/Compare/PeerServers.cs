using System.Globalization;
using System.Net.Sockets;
using ScheduleZero.Processes;

namespace ScheduleZero.Benchmarks.Compare;

/// <summary>
/// Starts the servers of peers, each with its defaults but for where it listens and where its data lie.
/// </summary>
internal static class PeerServers
{
    public const string RabbitServer = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    private const string Loopback = "127.0.0.1";
    private const string PostgresUser = "postgres";

    public static async Task StartNatsAsync(PeerSystem system)
    {
        var port = FreePorts.Take();
        system.StartServer("nats", "nats-server", ["-a", Loopback, "-p", Text(port), "-js", "-sd", system.Folder]);
        await OpenAsync(port);
        system.Address = $"nats://{Loopback}:{port}";
    }

    /// <param name="flush">When the file of commands is flushed: everysec or always.</param>
    public static async Task StartRedisAsync(PeerSystem system, string flush)
    {
        var port = FreePorts.Take();
        string[] listening = ["--bind", Loopback, "--port", Text(port), "--dir", system.Folder, "--save", ""];
        string[] durable = ["--appendonly", "yes", "--appendfsync", flush, "--maxmemory-policy", "noeviction"];
        system.StartServer("redis", "redis-server", [.. listening, .. durable]);
        await OpenAsync(port);
        system.Address = Text(port);
    }

    public static async Task StartPostgresAsync(PeerSystem system)
    {
        var port = FreePorts.Take();
        var (programs, data) = (Programs.PostgresPrograms!, Path.Combine(system.Folder, "data"));
        string[] user = [];
        if (Environment.IsPrivilegedProcess)
        {
            // PostgreSQL refuses to run as root.
            await Programs.RunAsync("chown", PostgresUser, system.Folder);
            user = ["setpriv", $"--reuid={PostgresUser}", $"--regid={PostgresUser}", "--clear-groups"];
        }

        string[] make = [.. user, $"{programs}/initdb", "-D", data, "-U", PostgresUser, "-A", "trust", "-E", "UTF8"];
        await Programs.RunAsync(make[0], [.. make[1..], "--locale=C", "--no-sync"]);
        string[] run =
        [
            .. user,
            $"{programs}/postgres",
            "-D",
            data,
            "-p",
            Text(port),
            "-h",
            Loopback,
            "-k",
            system.Folder,
        ];
        string[] settings = ["-c", "max_connections=400", "-c", "log_line_prefix="];
        var server = system.StartServer("postgres", run[0], [.. run[1..], .. settings]);
        await server.LineAsync("LOG:  database system is ready", Stage.StartLimit);
        system.Address = $"Host={Loopback};Port={port};Username={PostgresUser};Database={PostgresUser}";
    }

    public static async Task StartRabbitAsync(PeerSystem system)
    {
        var (port, names, distribution) = (FreePorts.Take(), FreePorts.Take(), FreePorts.Take());
        (string, string)[] environment =
        [
            ("HOME", system.Folder),
            ("ERL_EPMD_PORT", Text(names)),
            ("ERL_EPMD_ADDRESS", Loopback),
            ("RABBITMQ_NODENAME", "compare@localhost"),
            ("RABBITMQ_NODE_IP_ADDRESS", Loopback),
            ("RABBITMQ_NODE_PORT", Text(port)),
            ("RABBITMQ_DIST_PORT", Text(distribution)),
            ("RABBITMQ_MNESIA_BASE", Path.Combine(system.Folder, "mnesia")),
            ("RABBITMQ_LOG_BASE", Path.Combine(system.Folder, "log")),
            ("RABBITMQ_CONFIG_FILE", Path.Combine(system.Folder, "none")),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", Path.Combine(system.Folder, "plugins")),
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}"),
        ];
        // Erlang would start this server of names in the background, where nobody stops it.
        system.StartServer("epmd", "epmd", ["-port", Text(names), "-address", Loopback], environment);
        await OpenAsync(names);
        system.StartServer("rabbitmq", RabbitServer, [], environment);
        await OpenAsync(port);
        system.Address = $"amqp://guest:guest@{Loopback}:{port}";
    }

    private static async Task OpenAsync(int port)
    {
        using var limit = new CancellationTokenSource(Stage.StartLimit);
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(Loopback, port, limit.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
            }
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
