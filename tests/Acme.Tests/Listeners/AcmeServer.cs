using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using ScheduleZero.Bridge;
using ScheduleZero.Broker.Host;
using ScheduleZero.Contracts;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Acme.Tests.Listeners;

/// <summary>Which server a test is about: both have the same listeners.</summary>
public enum Kind
{
    Broker,
    Bridge,
}

/// <summary>A whole Broker or Bridge in this process, whose certificates come by ACME.</summary>
internal sealed class AcmeServer : IAsyncDisposable
{
    private readonly IAsyncDisposable _server;
    private readonly IReadOnlyList<string> _urls;
    private readonly string _path;
    private readonly HttpStatusCode _status;

    private AcmeServer(IAsyncDisposable server, IReadOnlyList<string> urls, string path, HttpStatusCode status) =>
        (_server, _urls, _path, _status) = (server, urls, path, status);

    /// <summary>The admin key of a Broker; null for a Bridge.</summary>
    public string? Key => (_server as RunningBroker)?.BootstrapKey;

    /// <summary>The port of https.</summary>
    public int Port => new Uri(_urls.First(url => url.StartsWith("https:", StringComparison.Ordinal))).Port;

    /// <summary>The listener of plain HTTP.</summary>
    public Uri Plain => new(_urls.First(url => url.StartsWith("http:", StringComparison.Ordinal)));

    /// <param name="folder">The folder of the Broker's store.</param>
    /// <param name="port">The port of https; 0 for a free one.</param>
    public static async Task<AcmeServer> StartAsync(Kind kind, string folder, int port, TlsSettings tls, TestLog log)
    {
        string[] urls = [$"https://127.0.0.1:{port}"];
        if (kind == Kind.Broker)
        {
            var broker = await BrokerServer.StartAsync(
                new BrokerSettings
                {
                    DataFolder = Path.Combine(folder, "data"),
                    Urls = urls,
                    Router = ["tcp://127.0.0.1:0"],
                    AnonymousRequestsPerMinute = Limits.RequestsPerMinuteMax,
                    Tls = tls,
                },
                logging => logging.AddProvider(log),
                CancellationToken.None
            );
            // The Broker bounds how often an address asks for its health, and this answer is as good.
            return new AcmeServer(broker, broker.Urls, "/api/stats", HttpStatusCode.Unauthorized);
        }

        var bridge = await BridgeServer.StartAsync(
            new BridgeSettings
            {
                Urls = urls,
                // Nobody answers there, and these tests need no Broker.
                Brokers = ["tcp://127.0.0.1:1"],
                Key = ApiKey.Generate().Reveal(),
                Name = "bridge-1",
                Tls = tls,
            },
            logging => logging.AddProvider(log),
            CancellationToken.None
        );
        return new AcmeServer(bridge, bridge.Urls, "/health/live", HttpStatusCode.OK);
    }

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        return socket;
    }

    /// <summary>The certificate that a client gets for a server name; null when the client is refused.</summary>
    /// <param name="protocols">What the client offers by ALPN.</param>
    public async Task<X509Certificate2?> CertificateForAsync(string serverName, params string[] protocols)
    {
        await using var stream = new SslStream(new NetworkStream(await ConnectAsync(), ownsSocket: true));
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = serverName,
                    ApplicationProtocols = [.. protocols.Select(protocol => new SslApplicationProtocol(protocol))],
                    // The handshake is looked at here. HttpClient shows that clients trust the certificate.
                    RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
                }
            );
            return new X509Certificate2(stream.RemoteCertificate!);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            return null;
        }
    }

    /// <summary>A client that connects to the server whatever host it asks for, and trusts these roots.</summary>
    public HttpClient Client(params X509Certificate2[] roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(roots);
        return new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, _) => new NetworkStream(await ConnectAsync(), ownsSocket: true),
                SslOptions = { CertificateChainPolicy = policy },
            }
        );
    }

    /// <summary>Whether a client that trusts these roots is served, on a new connection.</summary>
    public async Task RequireServedAsync(string host, params X509Certificate2[] roots)
    {
        using var client = Client(roots);
        await RequireServedAsync(host, client);
    }

    /// <summary>Whether a client is served.</summary>
    public async Task RequireServedAsync(string host, HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri($"https://{host}{_path}"));
        Assert.That(answer.StatusCode, Is.EqualTo(_status), host);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
