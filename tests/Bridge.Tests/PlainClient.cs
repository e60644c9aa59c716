using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Tests;

/// <summary>
/// A handler that somebody wrote in an hour on Microsoft's SignalR client, with its automatic reconnecting: it says
/// Hello whenever it is connected, and knows neither Greet, Hold nor Close.
/// </summary>
internal sealed class PlainClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Channel<RawJson> _assigned = Channel.CreateUnbounded<RawJson>();
    private readonly TaskCompletionSource _reconnected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HubConnection _hub;

    private PlainClient(HubConnection hub)
    {
        _hub = hub;
        hub.On<RawJson>("Assign", body => _assigned.Writer.TryWrite(body));
        hub.Reconnected += async _ =>
        {
            _reconnected.TrySetResult();
            await SayHelloAsync();
        };
        hub.Closed += _ =>
        {
            _closed.TrySetResult();
            return Task.CompletedTask;
        };
    }

    /// <summary>Ends when the client's own reconnecting has brought it back.</summary>
    public Task Reconnected => _reconnected.Task.WaitAsync(Patience);

    /// <summary>Ends when the client has given up.</summary>
    public Task Closed => _closed.Task.WaitAsync(Patience);

    /// <summary>Connects a handler, which the Broker welcomes, and returns it with the number of its connection.
    /// </summary>
    public static async Task<(PlainClient Client, ulong Connection)> ConnectAsync(
        RunningBridge bridge,
        FakeBroker broker,
        HttpTransportType transport
    )
    {
        var hub = new HubConnectionBuilder()
            .WithUrl(
                $"{bridge.Urls[0]}{BridgeServer.HubPath}",
                options =>
                {
                    options.AccessTokenProvider = () => Task.FromResult<string?>(TestHandler.Key);
                    options.Transports = transport;
                    options.SkipNegotiation = transport == HttpTransportType.WebSockets;
                }
            )
            .WithAutomaticReconnect()
            .Build();
        var client = new PlainClient(hub);
        await hub.StartAsync();
        var saying = client.SayHelloAsync();
        var connection = await WelcomeAsync(broker);
        await saying;
        return (client, connection);
    }

    /// <summary>Answers the next Hello as the Broker.</summary>
    public static async Task<ulong> WelcomeAsync(FakeBroker broker)
    {
        var hello = await broker.HearAsync(MessageKind.Hello);
        await broker.SayAsync(MessageKind.Welcome, hello.Header.Connection, """{"sessionId":"s1"}"""u8.ToArray());
        return hello.Header.Connection;
    }

    public async Task<RawJson> HearAssignAsync() => await _assigned.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    private Task SayHelloAsync() => _hub.InvokeAsync<RawJson>("Hello", TestHandler.Raw("""{"protocol":1}"""));
}
