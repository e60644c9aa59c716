using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using ScheduleZero.Acme.Challenges;

namespace ScheduleZero.Acme.Tests;

/// <summary>Answers challenges on a port, as a listener of the product would.</summary>
internal sealed class ChallengeListener : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener;
    private readonly Task _run;

    public ChallengeListener(int port, Func<Stream, CancellationToken, Task> answer)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _run = AcceptAsync(answer);
    }

    public static ChallengeListener Http(int port, HttpChallengeResponses responses) =>
        new(
            port,
            async (stream, stop) =>
            {
                using var reader = new StreamReader(stream);
                var path = (await reader.ReadLineAsync(stop))!.Split(' ')[1];
                while (await reader.ReadLineAsync(stop) is { Length: > 0 }) { }
                var text = responses.TryFind(path, out var found)
                    ? $"HTTP/1.1 200 OK\r\nContent-Length: {found.Length}\r\nConnection: close\r\n\r\n{found}"
                    : "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                await stream.WriteAsync(Encoding.ASCII.GetBytes(text), stop);
            }
        );

    public static ChallengeListener Tls(int port, AlpnChallengeResponses responses) =>
        new(
            port,
            async (stream, stop) =>
            {
                await using var tls = new SslStream(stream);
                var options = new SslServerAuthenticationOptions
                {
                    ApplicationProtocols = [new SslApplicationProtocol(AlpnChallengeResponses.Protocol)],
                    ServerCertificateSelectionCallback = (_, name) => responses.Find(name!)!,
                };
                await tls.AuthenticateAsServerAsync(options, stop);
            }
        );

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _run;
        _stop.Dispose();
    }

    private async Task AcceptAsync(Func<Stream, CancellationToken, Task> answer)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await answer(client.GetStream(), _stop.Token);
            }
            catch (Exception e)
                when (e is IOException or SocketException or AuthenticationException or OperationCanceledException)
            {
                // The CA ends connections as it likes.
            }
        }
    }
}
