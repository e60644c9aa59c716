using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Tests;

/// <summary>
/// A handler that speaks SignalR's JSON over a bare WebSocket: as much of it, and as often, as a test likes.
/// </summary>
internal sealed class RawHandler : IAsyncDisposable
{
    private const string Ping = """{"type":6}""";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ClientWebSocket _socket = new();
    private int _calls;

    /// <summary>What a new connection is answered: 101, or why there is none.</summary>
    public HttpStatusCode Status => _socket.HttpStatusCode;

    /// <param name="path">With its query, as it is written on the wire.</param>
    /// <param name="from">The address that the connection comes from.</param>
    /// <exception cref="WebSocketException">It was refused; see <see cref="Status"/>.</exception>
    public static async Task<RawHandler> ConnectAsync(
        RunningBridge bridge,
        string? key,
        string path = BridgeServer.HubPath,
        string from = "127.0.0.1"
    )
    {
        var handler = new RawHandler();
        await handler.OpenAsync(bridge, key, path, from);
        await handler.SayAsync("""{"protocol":"json","version":1}""");
        return handler;
    }

    /// <summary>The status of an attempt to connect.</summary>
    public static async Task<int> TryConnectAsync(RunningBridge bridge, string path, string from)
    {
        await using var handler = new RawHandler();
        try
        {
            await handler.OpenAsync(bridge, TestHandler.Key, path, from);
        }
        catch (WebSocketException)
        {
            // Its status says why.
        }

        return (int)handler.Status;
    }

    /// <summary>A client whose connections come from an address.</summary>
    public static SocketsHttpHandler ComingFrom(string address) =>
        new()
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };

    public Task CallAsync(MessageKind kind, string body = """{"protocol":1}""") =>
        SayAsync($$"""{"type":1,"target":"{{kind}}","arguments":[{{body}}],"invocationId":"{{++_calls}}"}""");

    /// <summary>Pings, as often as the server says anything, until the server ends the connection.</summary>
    /// <returns>All that the server said.</returns>
    public async Task<string> PingToTheEndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var heard = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            while (true)
            {
                await SayAsync(Ping);
                var got = await _socket.ReceiveAsync(buffer, patience.Token);
                if (got.MessageType == WebSocketMessageType.Close)
                {
                    return heard.ToString();
                }

                heard.Append(Encoding.UTF8.GetString(buffer, 0, got.Count));
            }
        }
        catch (WebSocketException)
        {
            return heard.ToString(); // The server cut it, perhaps while a ping was on its way.
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task OpenAsync(RunningBridge bridge, string? key, string path, string from)
    {
        if (key is not null)
        {
            _socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        }

        _socket.Options.CollectHttpResponseDetails = true;
        using var http = new HttpMessageInvoker(ComingFrom(from));
        // As it is written: the class of addresses would tidy it up otherwise.
        var address = new Uri(
            $"ws://{new Uri(bridge.Urls[0]).Authority}{path}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
        );
        await _socket.ConnectAsync(address, http, CancellationToken.None).WaitAsync(Patience);
    }

    private async Task SayAsync(string json) =>
        await _socket.SendAsync(
            Encoding.UTF8.GetBytes(json + "\u001e"),
            WebSocketMessageType.Text,
            endOfMessage: true,
            CancellationToken.None
        );
}
