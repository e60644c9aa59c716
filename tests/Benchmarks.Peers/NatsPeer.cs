using System.Text.Json;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace ScheduleZero.Benchmarks.Peers;

/// <summary>
/// JetStream: a stream in files that is a queue of work, and a consumer that acknowledges each message.
/// </summary>
internal sealed class NatsPeer(string server) : Peer
{
    private const string Stream = "jobs";

    private readonly NatsConnection _connection = new(new NatsOpts { Url = server });
    private INatsJSContext? _context;

    public override async Task BeginRunningAsync(int capacity, Action<int> started)
    {
        await ConnectProducerAsync();
        var consumer = await _context!.CreateOrUpdateConsumerAsync(
            Stream,
            new ConsumerConfig("agents") { AckPolicy = ConsumerConfigAckPolicy.Explicit, MaxAckPending = capacity }
        );
        _ = ConsumeAsync(consumer, capacity, started);
    }

    public override async Task ConnectProducerAsync()
    {
        _context = new NatsJSContext(_connection);
        await _context.CreateOrUpdateStreamAsync(
            new StreamConfig(Stream, [Stream])
            {
                Retention = StreamConfigRetention.Workqueue,
                Storage = StreamConfigStorage.File,
            }
        );
    }

    public override async Task PostAsync(int number)
    {
        var answer = await _context!.PublishAsync(Stream, JsonSerializer.SerializeToUtf8Bytes(number));
        answer.EnsureSuccess();
    }

    public override ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static async Task ConsumeAsync(INatsJSConsumer consumer, int capacity, Action<int> started)
    {
        // A job may take long, so the next ones begin beside it.
        using var free = new SemaphoreSlim(capacity);
        await foreach (var message in consumer.ConsumeAsync<byte[]>(opts: new NatsJSConsumeOpts { MaxMsgs = capacity }))
        {
            await free.WaitAsync();
            _ = Task.Run(async () =>
            {
                started(JsonSerializer.Deserialize<int>(message.Data));
                await message.AckAsync();
                free.Release();
            });
        }
    }
}
