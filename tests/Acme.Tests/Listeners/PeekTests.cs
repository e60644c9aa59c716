using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Acme.Challenges;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Acme.Tests.Listeners;

/// <summary>The look at the first record of a connection, and strangers who send something else.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[UnsupportedOSPlatform("windows")]
public sealed class PeekTests : AcmeFixture
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();

    private static IEnumerable<TestCaseData> Hostile()
    {
        yield return Bytes("no TLS", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        yield return Bytes("zeros", new byte[100_000]);
        yield return Bytes("a record of another kind", [23, 3, 1, 0, 5, 1, 2, 3, 4, 5]);
        yield return Bytes("an empty record", [22, 3, 1, 0, 0]);
        yield return Bytes("a record that is too long", [22, 3, 1, 0x40, 1, .. new byte[0x4001]]);
        yield return Bytes("a record of the greatest length", [22, 3, 1, 0xff, 0xff, .. new byte[70_000]]);
        yield return Bytes("a cut header", [22, 3]);
        yield return Bytes("a cut record", [22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
        yield return Bytes("a record of zeros", [22, 3, 1, 0x40, 0, .. new byte[0x4000]]);
        // A ClientHello whose lists announce more than there is.
        yield return Bytes("lists that lie", [22, 3, 1, 0, 45, 1, 0, 0, 41, .. Enumerable.Repeat<byte>(0xff, 41)]);

        static TestCaseData Bytes(string name, byte[] bytes) => new TestCaseData(bytes).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Hostile))]
    public async Task What_is_no_handshake_of_a_CA_is_left_to_TLS_unread(byte[] bytes)
    {
        var connection = new PeekedConnection();
        var peeking = connection.PeekAsync(HandshakeTime, _time);
        await connection.SendAsync(bytes);
        await connection.EndAsync();
        await peeking.WaitAsync(Patience);
        Assert.That(connection.IsMarked, Is.False);
        Assert.That(connection.Left, Is.EqualTo(bytes));
    }

    [Test]
    public async Task A_handshake_of_a_CA_is_marked_also_when_it_comes_byte_by_byte()
    {
        var hello = await HandshakeTests.ReadHelloAsync(["acme-tls/1"]);
        var connection = new PeekedConnection();
        var peeking = connection.PeekAsync(HandshakeTime, _time);
        foreach (var part in hello)
        {
            Assert.That(peeking.IsCompleted, Is.False);
            await connection.SendAsync([part]);
        }

        await peeking.WaitAsync(Patience);
        Assert.That(connection.IsMarked);
        Assert.That(connection.Left, Is.EqualTo(hello));
    }

    [Test]
    public async Task A_client_is_not_marked_and_what_follows_its_first_record_is_not_waited_for()
    {
        var hello = await HandshakeTests.ReadHelloAsync(["h2", "http/1.1"]);
        var connection = new PeekedConnection();
        await connection.SendAsync([.. hello, 20, 3, 3]);
        await connection.PeekAsync(HandshakeTime, _time).WaitAsync(Patience);
        Assert.That(connection.IsMarked, Is.False);
    }

    [Test]
    public async Task A_record_that_does_not_end_in_time_ends_its_connection()
    {
        var connection = new PeekedConnection();
        var peeking = connection.PeekAsync(HandshakeTime, _time);
        await connection.SendAsync([22, 3, 1, 0x40, 0]);
        for (var second = 1; second < 10; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await connection.SendAsync([0]);
            Assert.That(peeking.IsCompleted, Is.False);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        await peeking.WaitAsync(Patience);
        Assert.That(connection.IsAborted);
        Assert.That(connection.Left, Is.Null, "TLS never saw the connection.");
    }

    [Test]
    public async Task Handshakes_with_some_bytes_changed_are_read_without_a_fault()
    {
        var hello = await HandshakeTests.ReadHelloAsync(["acme-tls/1"]);
        var random = new Random(4711);
        for (var i = 0; i < 20_000; i++)
        {
            byte[] changed = [.. hello];
            for (var n = random.Next(1, 8); n > 0; n--)
            {
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            }

            _ = AcmeHandshake.IsIn(changed.AsSpan(0, random.Next(changed.Length + 1)));
        }
    }

    [Test]
    public async Task Strangers_at_the_https_listener_end_only_their_own_connections(
        [Values] Kind kind,
        [Values] bool isPeekedAt
    )
    {
        await using var ca = await FakeCa.StartAsync(Time);
        var tls = new TlsSettings
        {
            RedirectUrl = isPeekedAt ? null : "http://127.0.0.1:0",
            Acme = Order(ca.Address + "/dir", ca.Root, Name),
        };
        var authority = new TestAuthority();
        Store(tls.Acme, authority, TimeSpan.FromDays(1));
        await using var server = await AcmeServer.StartAsync(kind, Folder, 0, tls, Log);
        foreach (var bytes in Hostile().Select(test => (byte[])test.Arguments[0]!))
        {
            await RequireCutAsync(server, bytes);
        }

        Assert.That(await server.CertificateForAsync("elsewhere.example", "acme-tls/1"), Is.Null, "No CA was asked.");
        await server.RequireServedAsync(Name, authority.Root);
        Assert.That(Log.Errors, Is.Empty);
    }

    [Test]
    public async Task A_handshake_of_a_CA_brings_nobody_to_the_pages()
    {
        await using var ca = await FakeCa.StartAsync(Time);
        var tls = new TlsSettings { Acme = Order(ca.Address + "/dir", ca.Root, Name) };
        using var checking = new SemaphoreSlim(0);
        using var checkedUp = new SemaphoreSlim(0);
        ca.ChallengeKind = "tls-alpn-01";
        ca.Intercept = async context =>
        {
            if (context.Request.Path.Value!.StartsWith("/challenge/", StringComparison.Ordinal))
            {
                checking.Release();
                await checkedUp.WaitAsync(Patience);
            }

            return false;
        };
        await using var server = await AcmeServer.StartAsync(Kind.Broker, Folder, 0, tls, Log);
        Assert.That(await checking.WaitAsync(Patience));

        await using var stream = new SslStream(new NetworkStream(await server.ConnectAsync(), ownsSocket: true));
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = Name,
                ApplicationProtocols = [new SslApplicationProtocol("acme-tls/1")],
                RemoteCertificateValidationCallback = static (_, certificate, _, _) =>
                    certificate!.Subject == "CN=acme-tls/1",
            }
        );
        Assert.That(stream.NegotiatedApplicationProtocol.ToString(), Is.EqualTo("acme-tls/1"));
        Assert.That(await AskAsync(stream), Is.Zero);
        Assert.That(await server.CertificateForAsync(Name), Is.Null, "Clients get no certificate of the challenge.");

        checkedUp.Release();
        await Log.FirstAsync(7101);
    }

    /// <summary>Asks for a page; the number of bytes of the answer.</summary>
    private static async Task<int> AskAsync(SslStream stream)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await stream.WriteAsync(
                "GET /health/live HTTP/1.1\r\nHost: one.example\r\n\r\n"u8.ToArray(),
                patience.Token
            );
            return await stream.ReadAsync(new byte[4096], patience.Token);
        }
        catch (IOException)
        {
            return 0; // The connection was reset, which ends it as well.
        }
    }

    private static async Task RequireCutAsync(AcmeServer server, byte[] bytes)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var socket = await server.ConnectAsync();
        try
        {
            await socket.SendAsync(bytes, patience.Token);
            socket.Shutdown(SocketShutdown.Send);
            var buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer, patience.Token) > 0)
            {
                // TLS may say in an alert what it refuses.
            }
        }
        catch (SocketException)
        {
            // The connection was reset, which ends it as well.
        }
    }

    /// <summary>A connection that the look goes through, with nothing behind it but a reader.</summary>
    private sealed class PeekedConnection : DefaultConnectionContext, IDuplexPipe
    {
        private readonly Pipe _input = new(new PipeOptions(pauseWriterThreshold: 0));

        public PeekedConnection() => Transport = this;

        public PipeReader Input => _input.Reader;

        public PipeWriter Output => throw new NotSupportedException();

        public bool IsMarked { get; private set; }

        public bool IsAborted { get; private set; }

        /// <summary>What is unread when TLS begins; null when it did not begin.</summary>
        public byte[]? Left { get; private set; }

        public override void Abort(ConnectionAbortedException abortReason) => IsAborted = true;

        public async Task SendAsync(byte[] bytes) => await _input.Writer.WriteAsync(bytes);

        public async Task EndAsync() => await _input.Writer.CompleteAsync();

        public Task PeekAsync(TimeSpan timeout, TimeProvider time) =>
            new AcmeHandshakePeek(timeout, time).Mark(ReadAsync)(this);

        private async Task ReadAsync(ConnectionContext connection)
        {
            IsMarked = AcmeHandshakePeek.IsMarked(connection);
            var read = await Input.ReadAsync();
            Left = read.Buffer.ToArray();
            Input.AdvanceTo(read.Buffer.Start);
        }
    }
}
