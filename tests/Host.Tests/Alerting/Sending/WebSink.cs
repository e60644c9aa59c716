using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace ScheduleZero.Host.Tests.Alerting.Sending;

/// <summary>A server of HTTP on loopback that notes each request and answers with the given bytes.</summary>
internal sealed class WebSink : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<SunkRequest> _requests = Channel.CreateUnbounded<SunkRequest>();
    private readonly Func<Stream, CancellationToken, Task> _answer;
    private readonly Task _accepting;

    /// <param name="answer">Writes the answer; the connection ends when it is done.</param>
    /// <param name="at">The address of loopback at which the sink listens; null for 127.0.0.1.</param>
    public WebSink(Func<Stream, CancellationToken, Task> answer, IPEndPoint? at = null)
    {
        _answer = answer;
        _listener = new TcpListener(at ?? new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public WebSink(string answer, IPEndPoint? at = null)
        : this(async (stream, stop) => await stream.WriteAsync(Encoding.Latin1.GetBytes(answer), stop), at) { }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Url => new($"http://127.0.0.1:{Port}/hook/secret-path?a=b");

    /// <summary>How many connections came.</summary>
    public int Connections { get; private set; }

    /// <summary>Another sink that listens at the same port of 127.0.0.2.</summary>
    public WebSink Neighbour() =>
        new("HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n", new IPEndPoint(IPAddress.Parse("127.0.0.2"), Port));

    public static WebSink Answering(int status, string headers = "") =>
        new($"HTTP/1.1 {status} X\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n");

    public async Task<SunkRequest> TakeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await _requests.Reader.ReadAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var all = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Connections++;
                all.Add(ServeAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            // The sink was disposed.
        }

        await Task.WhenAll(all);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            var stream = client.GetStream();
            if (await ReadAsync(stream) is { } request)
            {
                _requests.Writer.TryWrite(request);
                await _answer(stream, _stop.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client went away, or the sink was disposed.
        }
    }

    private async Task<SunkRequest?> ReadAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var text = Encoding.Latin1.GetString([.. bytes]);
            if (text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is >= 0 and var end)
            {
                var lines = text[..end].Split("\r\n");
                var headers = lines[1..]
                    .Select(line => line.Split(": ", 2))
                    .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
                var length = int.Parse(headers.GetValueOrDefault("Content-Length", "0"));
                if (bytes.Count >= end + 4 + length)
                {
                    return new SunkRequest(lines[0], headers, [.. bytes.Skip(end + 4).Take(length)]);
                }
            }

            if (await stream.ReadAsync(buffer, _stop.Token) is not (> 0 and var read))
            {
                return null;
            }

            bytes.AddRange(buffer.AsSpan(0, read));
        }
    }
}

internal sealed record SunkRequest(string Line, IReadOnlyDictionary<string, string> Headers, byte[] Body);
