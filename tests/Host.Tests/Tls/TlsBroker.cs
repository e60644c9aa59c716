using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Host;
using ScheduleZero.Contracts;
using ScheduleZero.Edges.Tls;
using ScheduleZero.Hostile;

namespace ScheduleZero.Host.Tests.Tls;

/// <summary>A whole Broker with https, and the clients that tests need.</summary>
internal sealed class TlsBroker : IAsyncDisposable
{
    private readonly RunningBroker _broker;

    private TlsBroker(RunningBroker broker, LineLog log) => (_broker, Log) = (broker, log);

    public LineLog Log { get; }

    public int Port => new Uri(_broker.Urls.First(url => url.StartsWith("https:", StringComparison.Ordinal))).Port;

    public Uri Plain => new(_broker.Urls.First(url => url.StartsWith("http:", StringComparison.Ordinal)));

    public static async Task<TlsBroker> StartAsync(string folder, TlsSettings tls)
    {
        var log = new LineLog();
        var broker = await BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = Path.Combine(folder, "data"),
                Urls = ["https://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
                AnonymousRequestsPerMinute = Limits.RequestsPerMinuteMax,
                Tls = tls,
            },
            logging => logging.AddProvider(log),
            CancellationToken.None
        );
        return new TlsBroker(broker, log);
    }

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        return socket;
    }

    /// <summary>Shakes hands as the given options say, and takes any certificate.</summary>
    public async Task<SslStream> ShakeHandsAsync(SslClientAuthenticationOptions options)
    {
        var stream = new SslStream(new NetworkStream(await ConnectAsync(), ownsSocket: true));
        try
        {
            // These tests look at the handshake. That clients refuse wrong certificates is shown with HttpClient.
            options.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;
            await stream.AuthenticateAsClientAsync(options);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>The common name of the certificate that a client gets for a server name.</summary>
    public async Task<string> CertificateForAsync(string serverName)
    {
        await using var stream = await ShakeHandsAsync(new SslClientAuthenticationOptions { TargetHost = serverName });
        return ((X509Certificate2)stream.RemoteCertificate!).GetNameInfo(X509NameType.SimpleName, false);
    }

    /// <summary>A client of https that connects to the Broker whatever host it asks for, and trusts one root.</summary>
    public HttpClient Client(X509Certificate2 root) =>
        new(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, _) => new NetworkStream(await ConnectAsync(), ownsSocket: true),
                SslOptions = { CertificateChainPolicy = Trusting(root) },
            }
        );

    public static X509ChainPolicy Trusting(X509Certificate2 root) =>
        new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { root },
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };

    public ValueTask DisposeAsync() => _broker.DisposeAsync();
}
