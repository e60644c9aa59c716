using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Tests;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ListenerTests
{
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

    private readonly Observer _observer = new();

    [Test]
    public async Task Many_peers_are_served_at_once()
    {
        await using var listener = Echo();
        var address = listener.Start(AnyPort);
        var peers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => DialAsync(address)));
        for (var i = 0; i < peers.Length; i++)
        {
            peers[i].TrySend(Sides.Message([(byte)i]));
            Assert.That((await peers[i].ReceiveAsync(default)).Frames(), Is.EqualTo(new byte[][] { [(byte)i] }));
        }

        await DisposeAllAsync(peers);
    }

    [Test]
    public async Task An_address_gets_no_more_connections_than_its_bound_and_a_place_that_is_left_is_given_again()
    {
        await using var listener = Echo(new ListenerLimits { ConnectionsPerAddressMax = 2 });
        var address = listener.Start(AnyPort);
        var first = await DialAsync(address);
        await using var second = await DialAsync(address);
        using var third = await ConnectAsync(address);
        Assert.That(await third.ReadToEndAsync(), Is.Empty, "A third connection was greeted.");
        Assert.That((await _observer.NextRefusalAsync()).Message, Does.Contain("Too many connections"));
        await first.DisposeAsync();
        await _observer.NextEndAsync();
        await using var again = await EventuallyDialAsync(address);
    }

    [Test]
    public async Task Handshakes_that_do_not_end_keep_out_no_other_address_and_are_bounded()
    {
        await using var listener = Echo(new ListenerLimits { HandshakesPerAddressMax = 3 });
        var address = listener.Start(AnyPort);
        var halfOpen = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ConnectGreetedAsync(address)));
        using var fourth = await ConnectAsync(address);
        Assert.That(await fourth.ReadToEndAsync(), Is.Empty);
        Assert.That((await _observer.NextRefusalAsync()).Message, Does.Contain("Too many handshakes"));
        foreach (var socket in halfOpen)
        {
            socket.Dispose();
        }

        await using var after = await EventuallyDialAsync(address);
    }

    [Test]
    public async Task An_address_that_is_not_admitted_is_cut_before_a_byte()
    {
        await using var listener = Echo(isAdmitted: _ => false);
        using var socket = await ConnectAsync(listener.Start(AnyPort));
        Assert.That(await socket.ReadToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task A_listener_without_descriptors_to_spare_refuses_and_lives_on()
    {
        await using var listener = Echo(new ListenerLimits { DescriptorsInReserve = int.MaxValue });
        if (new FileDescriptors().Max is null)
        {
            Assert.Ignore("This system does not tell how many file descriptors a process may have.");
        }

        var address = listener.Start(AnyPort);
        for (var i = 0; i < 3; i++)
        {
            using var socket = await ConnectAsync(address);
            Assert.That(await socket.ReadToEndAsync(), Is.Empty);
            Assert.That((await _observer.NextRefusalAsync()).Message, Does.Contain("file descriptors"));
        }
    }

    [Test]
    public async Task The_end_of_a_listener_ends_its_connections_and_waits_for_those_who_serve_them()
    {
        var served = 0;
        using var begun = new CountdownEvent(2);
        var listener = new ZmtpListener(
            Sides.Plaintext,
            Sides.Router,
            new ListenerLimits(),
            Sides.Budget(),
            _ => true,
            async (connection, _, cancellationToken) =>
            {
                begun.Signal();
                try
                {
                    await connection.ReceiveAsync(cancellationToken);
                }
                finally
                {
                    Interlocked.Increment(ref served);
                }
            },
            _observer
        );
        var address = listener.Start(AnyPort);
        await using var peer = await DialAsync(address);
        peer.TrySend(Sides.Message([1]));
        await using var silent = await DialAsync(address);
        Assert.That(begun.Wait(TimeSpan.FromSeconds(30)), Is.True);
        await listener.DisposeAsync();
        Assert.That(served, Is.EqualTo(2));
        Assert.That(
            await Sides.FailureOf(async () => await silent.ReceiveAsync(default)),
            Is.EqualTo(ZmtpFailure.Closed)
        );
    }

    [Test]
    public async Task A_server_that_throws_ends_its_own_connection_only()
    {
        await using var listener = new ZmtpListener(
            Sides.Plaintext,
            Sides.Router,
            new ListenerLimits(),
            Sides.Budget(),
            _ => true,
            async (connection, _, cancellationToken) =>
            {
                await connection.ReceiveAsync(cancellationToken);
                throw new InvalidOperationException("A bug.");
            },
            _observer
        );
        var address = listener.Start(AnyPort);
        await using var first = await DialAsync(address);
        first.TrySend(Sides.Message([1]));
        Assert.That(
            await Sides.FailureOf(async () => await first.ReceiveAsync(default)),
            Is.EqualTo(ZmtpFailure.Closed)
        );
        await using var second = await DialAsync(address);
    }

    private ZmtpListener Echo(ListenerLimits? limits = null, Func<IPAddress, bool>? isAdmitted = null) =>
        new(
            Sides.Plaintext,
            Sides.Router,
            limits ?? new ListenerLimits(),
            Sides.Budget(),
            isAdmitted ?? (_ => true),
            async (connection, _, cancellationToken) =>
            {
                while (true)
                {
                    connection.TrySend(await connection.ReceiveAsync(cancellationToken));
                }
            },
            _observer
        );

    private static async Task<Socket> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address);
        return socket;
    }

    private static async Task<Socket> ConnectGreetedAsync(IPEndPoint address)
    {
        var socket = await ConnectAsync(address);
        await socket.ReceiveAsync(new byte[1]);
        return socket;
    }

    private static async Task<ZmtpConnection> DialAsync(IPEndPoint address) =>
        await (await ConnectAsync(address)).DialAsync(Sides.Plaintext);

    // A place is given back a moment after the connection has ended.
    private static async Task<ZmtpConnection> EventuallyDialAsync(IPEndPoint address)
    {
        while (true)
        {
            try
            {
                return await DialAsync(address);
            }
            catch (ZmtpException)
            {
                await Task.Delay(10);
            }
        }
    }

    private static async Task DisposeAllAsync(IEnumerable<ZmtpConnection> connections)
    {
        foreach (var connection in connections)
        {
            await connection.DisposeAsync();
        }
    }
}

/// <summary>Notes what a listener or dialler tells.</summary>
internal sealed class Observer : IZmtpObserver
{
    private readonly BlockingCollection<ZmtpException> _refusals = [];
    private readonly BlockingCollection<ZmtpException> _ends = [];

    public Task<ZmtpException> NextRefusalAsync() => Task.Run(() => _refusals.Take());

    public Task<ZmtpException> NextEndAsync() => Task.Run(() => _ends.Take());

    public void Refused(IPEndPoint? remote, ZmtpException reason) => _refusals.Add(reason);

    public void Ended(IPEndPoint remote, ZmtpException reason) => _ends.Add(reason);

    public void Failed(IPEndPoint remote, Exception reason) { }

    public void AcceptFailed(Exception reason) { }
}
