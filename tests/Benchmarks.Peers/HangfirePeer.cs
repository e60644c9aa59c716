using Hangfire;
using Hangfire.PostgreSql;

namespace ScheduleZero.Benchmarks.Peers;

/// <summary>
/// Hangfire on PostgreSQL. The agent has 20 workers, as is the default of a larger machine, and looks for jobs each
/// second.
/// </summary>
internal sealed class HangfirePeer(string server) : Peer
{
    private const int Workers = 20;

    private static Action<int> _started = _ => { };

    private BackgroundJobClient? _client;
    private BackgroundJobServer? _server;

    /// <summary>The method that Hangfire calls for a job.</summary>
    public static void Run(int number) => _started(number);

    public override Task BeginRunningAsync(int capacity, Action<int> started)
    {
        _started = started;
        _server = new BackgroundJobServer(new BackgroundJobServerOptions { WorkerCount = Workers }, OpenStorage());
        return Task.CompletedTask;
    }

    public override Task ConnectProducerAsync()
    {
        _client = new BackgroundJobClient(OpenStorage());
        return Task.CompletedTask;
    }

    // Hangfire's client has no asynchronous calls.
    public override Task PostAsync(int number) => Task.Run(() => _client!.Enqueue(() => Run(number)));

    public override ValueTask DisposeAsync()
    {
        _server?.Dispose();
        return ValueTask.CompletedTask;
    }

    private JobStorage OpenStorage()
    {
        GlobalConfiguration.Configuration.UsePostgreSqlStorage(
            storage => storage.UseNpgsqlConnection(server),
            new PostgreSqlStorageOptions { QueuePollInterval = TimeSpan.FromSeconds(1), EnableLongPolling = true }
        );
        return JobStorage.Current;
    }
}
