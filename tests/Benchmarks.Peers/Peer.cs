namespace ScheduleZero.Benchmarks.Peers;

/// <summary>Another broker's client, as the agent or as the producer of a run. A job is its number.</summary>
internal abstract class Peer : IAsyncDisposable
{
    /// <param name="server">Where the server is, in the words of its client.</param>
    public static Peer Of(string name, string server) =>
        name switch
        {
            "nats" => new NatsPeer(server),
            "hangfire" => new HangfirePeer(server),
            "quartz" => new QuartzPeer(server),
            "rabbitmq" => new RabbitPeer(server),
            _ => throw new ArgumentException($"There is no peer '{name}'.", nameof(name)),
        };

    /// <summary>Begins to run jobs, and returns when the server knows of it.</summary>
    /// <param name="capacity">How many jobs run at once, where the peer is not advised otherwise.</param>
    /// <param name="started">What a job is: a call with its number.</param>
    public abstract Task BeginRunningAsync(int capacity, Action<int> started);

    public abstract Task ConnectProducerAsync();

    /// <summary>Posts one job, and returns when the server has acknowledged it.</summary>
    public abstract Task PostAsync(int number);

    public abstract ValueTask DisposeAsync();
}
