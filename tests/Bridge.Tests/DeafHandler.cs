using System.Net.WebSockets;
using System.Text;

namespace ScheduleZero.Bridge.Tests;

/// <summary>Says Hello over a bare WebSocket, and from then on reads nothing.</summary>
internal sealed class DeafHandler : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();

    public static async Task<DeafHandler> ConnectAsync(Uri bridge, string key)
    {
        var handler = new DeafHandler();
        handler._socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        await handler._socket.ConnectAsync(
            new Uri($"ws://{bridge.Authority}{BridgeServer.HubPath}"),
            CancellationToken.None
        );
        await handler.SayAsync("""{"protocol":"json","version":1}""");
        await handler.SayAsync("""{"type":1,"target":"Hello","arguments":[{"protocol":1}],"invocationId":"1"}""");
        return handler;
    }

    public async Task SayAsync(string json) =>
        await _socket.SendAsync(
            Encoding.UTF8.GetBytes(json + "\u001e"),
            WebSocketMessageType.Text,
            endOfMessage: true,
            CancellationToken.None
        );

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
