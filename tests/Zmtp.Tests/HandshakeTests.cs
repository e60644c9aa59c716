using System.Net.Sockets;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Curve;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Tests;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class HandshakeTests
{
    private readonly CurveKeyPair _serverKey = CurveKeyPair.Generate();
    private readonly CurveKeyPair _clientKey = CurveKeyPair.Generate();

    [TestCase(false)]
    [TestCase(true)]
    public async Task Two_sides_shake_hands_and_talk(bool withCurve)
    {
        var (server, client) = await Sides.ShakeAsync(withCurve);
        await using var first = server;
        await using var second = client;
        client.TrySend(Sides.Message([], [1, 2, 3]));
        Assert.That((await server.ReceiveAsync(default)).Frames(), Is.EqualTo(new byte[][] { [], [1, 2, 3] }));
        server.TrySend(Sides.Message([9]));
        Assert.That((await client.ReceiveAsync(default)).Frames(), Is.EqualTo(new byte[][] { [9] }));
    }

    [Test]
    public async Task With_curve_each_side_knows_the_others_key()
    {
        var (server, client) = await Sides.ConnectAsync();
        var serving = server.ServeAsync(Sides.ServerOf(_serverKey));
        var dialling = client.DialAsync(new ZmtpSecurity.CurveClient(_clientKey, _serverKey.Public));
        await using var served = await serving;
        await using var dialled = await dialling;
        Assert.That(served.PeerKey, Is.EqualTo(_clientKey.Public));
        Assert.That(dialled.PeerKey, Is.EqualTo(_serverKey.Public));
    }

    [Test]
    public async Task A_server_with_two_keys_takes_clients_that_know_either()
    {
        var old = CurveKeyPair.Generate();
        var security = new ZmtpSecurity.CurveServer(() => [_serverKey, old], _ => true);
        foreach (var known in new[] { old, _serverKey })
        {
            var (server, client) = await Sides.ConnectAsync();
            var serving = server.ServeAsync(security);
            await using var dialled = await client.DialAsync(new ZmtpSecurity.CurveClient(_clientKey, known.Public));
            await using var served = await serving;
            Assert.That(dialled.PeerKey, Is.EqualTo(known.Public));
        }
    }

    [Test]
    public async Task A_client_that_expects_another_server_learns_it()
    {
        var other = CurveKeyPair.Generate().Public;
        await AssertFailuresAsync(
            Sides.ServerOf(_serverKey),
            new ZmtpSecurity.CurveClient(_clientKey, other),
            ZmtpFailure.WrongServerKey,
            ZmtpFailure.WrongServerKey
        );
    }

    [Test]
    public async Task A_client_whose_key_is_not_allowed_learns_it() =>
        await AssertFailuresAsync(
            Sides.ServerOf(_serverKey, _ => false),
            new ZmtpSecurity.CurveClient(_clientKey, _serverKey.Public),
            ZmtpFailure.KeyNotAllowed,
            ZmtpFailure.KeyNotAllowed
        );

    [Test]
    public async Task A_plaintext_client_does_not_come_in_where_curve_is_needed() =>
        await AssertFailuresAsync(
            Sides.ServerOf(_serverKey),
            Sides.Plaintext,
            ZmtpFailure.PlaintextPeer,
            ZmtpFailure.OtherMechanism
        );

    [Test]
    public async Task A_plaintext_server_does_not_talk_a_client_down() =>
        await AssertFailuresAsync(
            Sides.Plaintext,
            new ZmtpSecurity.CurveClient(_clientKey, _serverKey.Public),
            ZmtpFailure.OtherMechanism,
            ZmtpFailure.PlaintextPeer
        );

    [Test]
    public async Task Two_servers_of_curve_do_not_fit()
    {
        var security = Sides.ServerOf(_serverKey);
        await AssertFailuresAsync(security, security, ZmtpFailure.OtherMechanism, ZmtpFailure.OtherMechanism);
    }

    [Test]
    public async Task Two_clients_of_curve_do_not_fit()
    {
        var security = new ZmtpSecurity.CurveClient(_clientKey, _serverKey.Public);
        await AssertFailuresAsync(security, security, ZmtpFailure.OtherMechanism, ZmtpFailure.OtherMechanism);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_peer_of_another_socket_type_is_refused(bool withCurve)
    {
        var subscriber = Sides.Dealer with { SocketType = "SUB" };
        var (server, client) = await Sides.ConnectAsync();
        var serving = Sides.FailureOf(() =>
            server.ServeAsync(withCurve ? Sides.ServerOf(_serverKey) : Sides.Plaintext)
        );
        var dialling = Sides.FailureOf(async () =>
        {
            await using var connection = await client.DialAsync(
                withCurve ? new ZmtpSecurity.CurveClient(_clientKey, _serverKey.Public) : Sides.Plaintext,
                subscriber
            );
            await connection.ReceiveAsync(default);
        });
        Assert.That(await serving, Is.EqualTo(ZmtpFailure.OtherSocketType));
        // Without CURVE the server's READY may be here before its ERROR.
        Assert.That(await dialling, Is.AnyOf(ZmtpFailure.ProtocolError, ZmtpFailure.KeyNotAllowed, ZmtpFailure.Closed));
    }

    [TestCase(
        new byte[] { 0x16, 0x03, 0x01 },
        nameof(ZmtpFailure.NotZmtp),
        TestName = "A peer that speaks TLS is refused"
    )]
    [TestCase(
        new byte[] { 0x47 },
        nameof(ZmtpFailure.NotZmtp),
        TestName = "A peer that speaks HTTP is refused at its first byte"
    )]
    [TestCase(new byte[] { 1, 0, 1, 0x41 }, nameof(ZmtpFailure.NotZmtp), TestName = "A peer of ZMTP 1 is refused")]
    [TestCase(
        new byte[] { 0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 1 },
        nameof(ZmtpFailure.PlaintextPeer),
        TestName = "A peer of ZMTP 2 is refused at its version"
    )]
    public async Task A_peer_of_another_protocol_is_refused(byte[] said, string expected)
    {
        var (server, client) = await Sides.ConnectAsync();
        using var closing = client;
        var serving = Sides.FailureOf(() => server.ServeAsync(Sides.ServerOf(_serverKey)));
        await client.SendAsync(said);
        Assert.That((await serving).ToString(), Is.EqualTo(expected));
        Assert.That((await client.ReadToEndAsync()).Length, Is.LessThanOrEqualTo(Greeting.Bytes), "A word too much.");
    }

    [Test]
    public async Task A_false_server_that_echoes_gets_no_word_of_ours()
    {
        var (server, client) = await Sides.ConnectAsync();
        using var closing = server;
        var dialling = Sides.FailureOf(() =>
            client.DialAsync(new ZmtpSecurity.CurveClient(_clientKey, _serverKey.Public))
        );
        await server.SendAsync(Greeting.Write(Mechanism.Curve, isServer: true));
        var welcome = new byte[168];
        "\aWELCOME"u8.CopyTo(welcome);
        await server.SendAsync(FrameWriter.Whole(FrameFlags.Command, welcome));
        Assert.That(await dialling, Is.EqualTo(ZmtpFailure.WrongServerKey));
        // The greeting and HELLO, in which the only key is one that was made for this connection.
        var said = await server.ReadToEndAsync();
        Assert.That(said, Has.Length.EqualTo(Greeting.Bytes + 2 + 200));
        Assert.That(said.AsSpan().IndexOf(_clientKey.Public.Bytes), Is.EqualTo(-1));
    }

    [Test]
    public async Task A_handshake_that_is_recorded_cannot_be_played_again()
    {
        // The same bytes of a client, once through a relay that records them, and once more from the record.
        var (server, relayToServer) = await Sides.ConnectAsync();
        var (relayToClient, client) = await Sides.ConnectAsync();
        var serving = server.ServeAsync(Sides.ServerOf(_serverKey));
        var dialling = client.DialAsync(new ZmtpSecurity.CurveClient(_clientKey, _serverKey.Public));
        using var record = new MemoryStream();
        var up = PumpAsync(relayToClient, relayToServer, record);
        var down = PumpAsync(relayToServer, relayToClient, null);
        await using (await serving)
        await using (await dialling) { }

        await Task.WhenAll(up, down);
        var (again, thief) = await Sides.ConnectAsync();
        using var closing = thief;
        var replayed = Sides.FailureOf(() => again.ServeAsync(Sides.ServerOf(_serverKey)));
        await thief.SendAsync(record.ToArray());
        Assert.That(await replayed, Is.EqualTo(ZmtpFailure.ProtocolError));
    }

    private static async Task PumpAsync(Socket from, Socket to, Stream? record)
    {
        var buffer = new byte[4096];
        try
        {
            for (int read; (read = await from.ReceiveAsync(buffer)) > 0; )
            {
                record?.Write(buffer, 0, read);
                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (SocketException)
        {
            // Either side has ended.
        }

        to.Dispose();
    }

    private static async Task AssertFailuresAsync(
        ZmtpSecurity ofServer,
        ZmtpSecurity ofClient,
        ZmtpFailure atServer,
        ZmtpFailure atClient
    )
    {
        var (server, client) = await Sides.ConnectAsync();
        var serving = Sides.FailureOf(() => server.ServeAsync(ofServer));
        var dialling = Sides.FailureOf(() => client.DialAsync(ofClient));
        Assert.That(await serving, Is.EqualTo(atServer));
        Assert.That(await dialling, Is.EqualTo(atClient));
    }
}
