using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ScheduleZero.Agent.Tests.Fakes;

/// <summary>
/// A proxy or web server that answers each connection with fixed bytes, or with nothing, and cuts it or leaves it open.
/// </summary>
internal sealed class HostileServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly List<string> _requests = [];
    private readonly byte[]? _answer;
    private readonly bool _cuts;
    private readonly Task _running;

    /// <param name="answer">What each request is answered with; null for no answer.</param>
    /// <param name="cuts">Whether the connection is closed after that.</param>
    public HostileServer(string? answer, bool cuts = true)
    {
        _answer = answer is null ? null : Encoding.Latin1.GetBytes(answer);
        _cuts = cuts;
        _listener.Start();
        _running = Task.Run(AcceptAsync);
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>What was asked so far.</summary>
    public string Requests
    {
        get
        {
            lock (_requests)
            {
                return string.Join('\n', _requests);
            }
        }
    }

    /// <summary>An answer of HTTP.</summary>
    public static string Http(int status, string headers = "", string body = "") =>
        $"HTTP/1.1 {status} Said\r\nContent-Length: {body.Length}\r\nConnection: close\r\n{headers}\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _listener.Stop();
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_ending.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                var buffer = new byte[16 * 1024];
                while (await socket.ReceiveAsync(buffer, _ending.Token) is > 0 and var count)
                {
                    lock (_requests)
                    {
                        _requests.Add(Encoding.Latin1.GetString(buffer, 0, count));
                    }

                    if (_answer is not null)
                    {
                        await socket.SendAsync(_answer, _ending.Token);
                    }

                    if (_cuts)
                    {
                        return;
                    }
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // The agent, or the test, has ended the connection.
            }
        }
    }
}
