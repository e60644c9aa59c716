using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Host;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;
using ScheduleZero.Hostile;

namespace ScheduleZero.Host.Tests.Edges;

/// <summary>What a caller without a valid key can take from REST, and write into its log.</summary>
internal sealed class StrangerRestTests
{
    private const int PerAddress = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly LineLog _log = new();
    private string _folder = null!;
    private RunningBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartBroker()
    {
        _folder = Directory.CreateTempSubdirectory("schedulezero-strangers-").FullName;
        _broker = await BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = _folder,
                Urls = ["http://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
                AnonymousRequestsPerMinute = Limits.RequestsPerMinuteMax,
                ConnectionsPerAddress = PerAddress,
            },
            logging => logging.AddProvider(_log),
            CancellationToken.None
        );
    }

    [OneTimeTearDown]
    public async Task StopBroker()
    {
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task Wrong_keys_write_no_line_each()
    {
        var before = _log.Lines.Count;
        using var client = ClientAt("127.0.0.11");
        for (var i = 0; i < 200; i++)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                ApiKey.Generate().Reveal()
            );
            using var answer = await client.GetAsync("/api/namespaces/default/jobs");
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        }

        Assert.That(_log.Lines.Count - before, Is.LessThanOrEqualTo(StrangerLines.PerAddressPerMinute));
    }

    [Test]
    public async Task Wrong_passwords_write_a_few_lines()
    {
        using var client = ClientAt("127.0.0.12");
        for (var i = 0; i < 3 * StrangerLines.PerAddressPerMinute; i++)
        {
            using var body = new StringContent(
                """{"userName":"nobody","password":"wrong wrong wrong"}""",
                new MediaTypeHeaderValue("application/json")
            );
            using var answer = await client.PostAsync("/api/auth/login", body);
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        }

        Assert.That(_log.Lines.Count(line => line.Id == 4102), Is.EqualTo(StrangerLines.PerAddressPerMinute));
    }

    [Test]
    public async Task One_address_holds_only_so_many_connections()
    {
        var held = new List<Socket>();
        for (var i = 0; i < PerAddress; i++)
        {
            held.Add(await OpenAsync("127.0.0.13"));
        }

        Assert.That(await IsCutAsync("127.0.0.13"), "one more connection is cut");
        (await OpenAsync("127.0.0.14")).Dispose();
        held.ForEach(socket => socket.Dispose());
        (await UntilOpenAsync("127.0.0.13")).Dispose();
    }

    [Test]
    public async Task A_connection_that_says_nothing_is_cut_soon() => Assert.That(await IsCutAsync("127.0.0.15"));

    [TestCase("--connections-per-address", "0")]
    [TestCase("--connections-per-address", "many")]
    public void A_bound_that_makes_no_sense_is_refused(string flag, string value) =>
        Assert.That(
            () => BrokerArguments.Read([flag, value], _ => null).Validate(),
            Throws.TypeOf<BrokerSettingsException>()
        );

    [Test]
    public void The_bound_is_read_from_flag_and_environment()
    {
        Assert.That(
            BrokerArguments.Read(["--connections-per-address", "7"], _ => "8").ConnectionsPerAddress,
            Is.EqualTo(7)
        );
        Assert.That(
            BrokerArguments
                .Read([], name => name == "SCHEDULEZERO_CONNECTIONS_PER_ADDRESS" ? "8" : null)
                .ConnectionsPerAddress,
            Is.EqualTo(8)
        );
    }

    private async Task<Socket> ConnectAsync(string from)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(_broker.Urls[0]).Port);
        return socket;
    }

    /// <summary>Opens a connection, and returns it when the Broker has answered on it.</summary>
    private async Task<Socket> OpenAsync(string from)
    {
        using var patience = new CancellationTokenSource(Patience);
        var socket = await ConnectAsync(from);
        await socket.SendAsync("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), patience.Token);
        return await socket.ReceiveAsync(new byte[4096], patience.Token) > 0
            ? socket
            : throw new SocketException((int)SocketError.ConnectionReset);
    }

    /// <summary>Opens a connection, again and again until the Broker has noticed that earlier ones ended.</summary>
    private async Task<Socket> UntilOpenAsync(string from)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                return await OpenAsync(from);
            }
            catch (SocketException) when (!patience.IsCancellationRequested)
            {
                // The connection was cut: the Broker has not noticed yet that the others ended.
            }
        }
    }

    private async Task<bool> IsCutAsync(string from)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            using var socket = await ConnectAsync(from);
            return await socket.ReceiveAsync(new byte[1], patience.Token) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private HttpClient ClientAt(string address)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, _) => new NetworkStream(await ConnectAsync(address), ownsSocket: true),
        };
        return new HttpClient(handler) { BaseAddress = new Uri(_broker.Urls[0]) };
    }
}
