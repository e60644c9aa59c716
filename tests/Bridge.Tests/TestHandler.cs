using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Bridge.Hub;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Tests;

public enum Carrier
{
    Json,
    MessagePack,
}

/// <summary>A handler on a real SignalR client.</summary>
internal sealed class TestHandler : IAsyncDisposable
{
    private static readonly MessageKind[] Kinds =
    [
        MessageKind.Assign,
        MessageKind.Cancel,
        MessageKind.Ack,
        MessageKind.Probe,
        MessageKind.Drain,
        MessageKind.Close,
        MessageKind.Hold,
        MessageKind.Greet,
    ];

    private readonly Channel<(MessageKind Kind, RawJson Body)> _heard = Channel.CreateUnbounded<(
        MessageKind,
        RawJson
    )>();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TestHandler(HubConnection connection)
    {
        Connection = connection;
        connection.Closed += _ =>
        {
            _closed.TrySetResult();
            return Task.CompletedTask;
        };
        foreach (var kind in Kinds)
        {
            connection.On<RawJson>(kind.ToString(), body => _heard.Writer.TryWrite((kind, body)));
        }
    }

    public static string Key { get; } = ApiKey.Generate().Reveal();

    public HubConnection Connection { get; }

    public Task Closed => _closed.Task.WaitAsync(TimeSpan.FromSeconds(20));

    public static async Task<TestHandler> ConnectAsync(
        RunningBridge bridge,
        Carrier carrier = Carrier.Json,
        HttpTransportType transport = HttpTransportType.WebSockets,
        string? forwardedFor = null
    ) => await ConnectAsync(bridge, Key, carrier, transport, forwardedFor);

    /// <param name="key">Null: it shows none.</param>
    public static async Task<TestHandler> ConnectAsync(
        RunningBridge bridge,
        string? key,
        Carrier carrier = Carrier.Json,
        HttpTransportType transport = HttpTransportType.WebSockets,
        string? forwardedFor = null
    )
    {
        var builder = new HubConnectionBuilder().WithUrl(
            $"{bridge.Urls[0]}{BridgeServer.HubPath}",
            options =>
            {
                options.AccessTokenProvider = key is null ? null : () => Task.FromResult<string?>(key);
                options.Transports = transport;
                if (forwardedFor is not null)
                {
                    options.Headers["X-Forwarded-For"] = forwardedFor;
                }

                options.SkipNegotiation = transport == HttpTransportType.WebSockets;
            }
        );
        if (carrier == Carrier.MessagePack)
        {
            builder.AddMessagePackProtocol(options => options.SerializerOptions = RawJsonFormatter.Options);
        }

        var handler = new TestHandler(builder.Build());
        await handler.Connection.StartAsync();
        return handler;
    }

    public Task<RawJson> HelloAsync(string body = """{"protocol":1}""") =>
        Connection.InvokeAsync<RawJson>("Hello", Raw(body));

    public Task<RawJson> AskAsync(string method, string body) => Connection.InvokeAsync<RawJson>(method, Raw(body));

    public Task SendAsync(MessageKind kind, string body) => Connection.SendAsync(kind.ToString(), Raw(body));

    /// <summary>The next message of the kind; others before it are passed over.</summary>
    public async Task<string> HearAsync(MessageKind kind)
    {
        while (true)
        {
            var (heard, body) = await HearAsync();
            if (heard == kind)
            {
                return body.ToString();
            }
        }
    }

    /// <summary>The next message, whatever it is.</summary>
    public async Task<(MessageKind Kind, RawJson Body)> HearAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await _heard.Reader.ReadAsync(patience.Token);
    }

    public bool HasHeardNothing => _heard.Reader.Count == 0;

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    public static RawJson Raw(string json) => new(Encoding.UTF8.GetBytes(json));
}
