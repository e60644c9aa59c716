using System.Collections.Concurrent;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace ScheduleZero.Benchmarks.Peers;

/// <summary>
/// RabbitMQ with its own client: a durable queue, persistent messages, confirms of the publisher, and an
/// acknowledgement of each message.
/// </summary>
internal sealed class RabbitPeer(string server) : Peer
{
    private const string Queue = "jobs";

    private static readonly BasicProperties Persistent = new() { Persistent = true };

    /// <summary>The channels of the producer that no call uses now. A channel takes one call after the other.</summary>
    private readonly ConcurrentBag<IChannel> _idle = [];
    private IConnection? _connection;

    public override async Task BeginRunningAsync(int capacity, Action<int> started)
    {
        await ConnectProducerAsync();
        // A job may take long, so the next ones begin beside it.
        var channel = await _connection!.CreateChannelAsync(
            new CreateChannelOptions(
                publisherConfirmationsEnabled: false,
                publisherConfirmationTrackingEnabled: false,
                consumerDispatchConcurrency: (ushort)capacity
            )
        );
        await channel.BasicQosAsync(0, (ushort)capacity, global: false);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, message) =>
        {
            started(JsonSerializer.Deserialize<int>(message.Body.Span));
            await channel.BasicAckAsync(message.DeliveryTag, multiple: false);
        };
        await channel.BasicConsumeAsync(Queue, autoAck: false, consumer);
    }

    public override async Task ConnectProducerAsync()
    {
        _connection = await new ConnectionFactory { Uri = new Uri(server) }.CreateConnectionAsync();
        await using var channel = await _connection.CreateChannelAsync();
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false);
    }

    public override async Task PostAsync(int number)
    {
        if (!_idle.TryTake(out var channel))
        {
            channel = await _connection!.CreateChannelAsync(
                new CreateChannelOptions(
                    publisherConfirmationsEnabled: true,
                    publisherConfirmationTrackingEnabled: true
                )
            );
        }

        await channel.BasicPublishAsync(
            exchange: "",
            routingKey: Queue,
            mandatory: true,
            Persistent,
            JsonSerializer.SerializeToUtf8Bytes(number)
        );
        _idle.Add(channel);
    }

    public override async ValueTask DisposeAsync() => await (_connection?.DisposeAsync() ?? ValueTask.CompletedTask);
}
