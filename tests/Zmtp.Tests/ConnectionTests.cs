using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Tests;

public sealed class ConnectionTests
{
    private static readonly ZmtpLimits Limits = new();

    [TestCase(false)]
    [TestCase(true)]
    public async Task Frames_of_all_sizes_come_as_they_were_sent(bool withCurve)
    {
        var (server, client) = await Sides.ShakeAsync(withCurve);
        await using var first = server;
        await using var second = client;
        int[] sizes = [0, 1, 200, 222, 223, 254, 255, 256, 16_383, 16_384, 65_535, 65_536, 1_000_000, 10, 5_000_000, 0];
        var chance = new Random(7);
        foreach (var size in sizes)
        {
            var payload = new byte[size];
            chance.NextBytes(payload);
            Assert.That(client.TrySend(Sides.Message([1], payload, [])), Is.True);
            Assert.That((await server.ReceiveAsync(default)).Frames(), Is.EqualTo(new byte[][] { [1], payload, [] }));
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Many_messages_come_in_their_order(bool withCurve)
    {
        const int count = 9_000;
        var (server, client) = await Sides.ShakeAsync(withCurve);
        await using var first = server;
        await using var second = client;
        for (var i = 0; i < count; i++)
        {
            Assert.That(client.TrySend(Sides.Message(BitConverter.GetBytes(i))), Is.True);
        }

        for (var i = 0; i < count; i++)
        {
            var message = await server.ReceiveAsync(default);
            Assert.That(BitConverter.ToInt32(message.Frames[0].Span), Is.EqualTo(i));
        }
    }

    [Test]
    public async Task A_frame_that_announces_two_gigabytes_ends_the_connection()
    {
        await using var server = await AgainstRawAsync();
        await server.Raw.SendAsync(LongHeader(FrameFlags.None, int.MaxValue));
        Assert.That(await FailureOf(server.Connection), Is.EqualTo(ZmtpFailure.TooLarge));
    }

    [Test]
    public async Task A_size_beyond_all_numbers_ends_the_connection()
    {
        await using var server = await AgainstRawAsync();
        await server.Raw.SendAsync(LongHeader(FrameFlags.None, ulong.MaxValue));
        Assert.That(await FailureOf(server.Connection), Is.EqualTo(ZmtpFailure.TooLarge));
    }

    [TestCase(0x08)]
    [TestCase(0x05)]
    [TestCase(0xFF)]
    public async Task Flags_that_make_no_sense_end_the_connection(byte flags)
    {
        await using var server = await AgainstRawAsync();
        await server.Raw.SendAsync(new byte[] { flags, 0 });
        Assert.That(await FailureOf(server.Connection), Is.EqualTo(ZmtpFailure.ProtocolError));
    }

    [Test]
    public async Task A_message_that_never_ends_is_cut_at_its_frames()
    {
        await using var server = await AgainstRawAsync();
        await server.Raw.SendAsync(Repeat([1, 0], Limits.MessageFramesMax + 1));
        Assert.That(await FailureOf(server.Connection), Is.EqualTo(ZmtpFailure.TooLarge));
    }

    [Test]
    public async Task A_message_that_never_ends_is_cut_at_its_bytes()
    {
        await using var server = await AgainstRawAsync(Limits with { MessageBytesMax = 1000 });
        var frame = new byte[202];
        (frame[0], frame[1]) = (1, 200);
        await server.Raw.SendAsync(Repeat(frame, 6));
        Assert.That(await FailureOf(server.Connection), Is.EqualTo(ZmtpFailure.TooLarge));
    }

    [Test]
    public async Task Large_messages_that_have_begun_share_a_budget_and_give_it_back()
    {
        var budget = new ByteBudget(300_000);
        var (greedy, greedyClient) = await Sides.ShakeAsync(false, budget: budget);
        await using var first = greedy;
        await using var second = greedyClient;
        await using var other = await AgainstRawAsync(budget: budget);
        // Half a message waits for its end, and takes the budget.
        await other.Raw.SendAsync(LongHeader(FrameFlags.More, 200_000));
        await other.Raw.SendAsync(new byte[200_000]);
        var waiting = FailureOf(other.Connection);
        while (IsFree(budget, 200_000))
        {
            await Task.Yield();
        }

        greedyClient.TrySend(Sides.Message(new byte[200_000]));
        Assert.That(await FailureOf(greedy), Is.EqualTo(ZmtpFailure.TooLarge));
        other.Raw.Dispose();
        await waiting;
        await other.Connection.DisposeAsync();
        await greedy.DisposeAsync();
        Assert.That(IsFree(budget, 300_000), Is.True, "The budget did not come back whole.");
    }

    [Test]
    public async Task A_message_that_comes_too_slowly_is_cut()
    {
        var time = new FakeTimeProvider();
        await using var server = await AgainstRawAsync(time: time);
        await server.Raw.SendAsync(new byte[] { 1, 0 });
        var failing = FailureOf(server.Connection);
        while (!failing.IsCompleted)
        {
            // A byte now and then, so that it is not silence that ends it.
            time.Advance(TimeSpan.FromSeconds(2));
            await TrySendAsync(server.Raw, FrameWriter.Whole(FrameFlags.Command, "\u0004PONG"u8));
            await Task.Delay(5);
        }

        Assert.That(await failing, Is.EqualTo(ZmtpFailure.TooLarge));
    }

    [Test]
    public async Task A_handshake_that_does_not_end_is_cut()
    {
        var time = new FakeTimeProvider();
        var (server, client) = await Sides.ConnectAsync();
        using var closing = client;
        var serving = Sides.FailureOf(() => server.ServeAsync(Sides.Plaintext, Sides.Router with { Time = time }));
        while (!serving.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }

        Assert.That(await serving, Is.EqualTo(ZmtpFailure.Silent));
        await client.ReadToEndAsync();
    }

    [Test]
    public async Task A_silent_peer_is_asked_and_then_given_up()
    {
        var time = new FakeTimeProvider();
        await using var server = await AgainstRawAsync(time: time);
        var failing = FailureOf(server.Connection);
        while (!failing.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }

        Assert.That(await failing, Is.EqualTo(ZmtpFailure.Silent));
        var said = await server.Raw.ReadToEndAsync();
        Assert.That(said.AsSpan().IndexOf("\u0004PING"u8), Is.GreaterThanOrEqualTo(0));
    }

    [Test]
    public async Task A_peer_that_takes_long_messages_slowly_is_not_silent_until_it_stops()
    {
        const int bytes = 16_000_000;
        var time = new FakeTimeProvider();
        await using var server = await AgainstRawAsync(time: time);
        // The system holds little for the peer, so that the sender has to wait for it again and again.
        server.Raw.ReceiveBufferSize = 64 * 1024;
        var failing = FailureOf(server.Connection);
        Assert.That(server.Connection.TrySend(Sides.Message(new byte[bytes])), Is.True);
        Assert.That(server.Connection.TrySend(Sides.Message(new byte[bytes])), Is.True);
        var buffer = new byte[500_000];
        var read = 0;
        for (var step = 0; step < 3; step++)
        {
            // The clock stands while the sender is behind: what the peer reads is what the sender has written.
            while (server.Connection.TakenAt < time.GetTimestamp())
            {
                Assert.That(read, Is.LessThan(2 * bytes), "The sender has not noticed that its bytes were taken.");
                read += await server.Raw.ReceiveAsync(buffer);
                await Task.Delay(1);
            }

            time.Advance(0.8 * Limits.SilenceMax);
            Assert.That(
                server.Connection.Ended.IsCancellationRequested,
                Is.False,
                "The peer was given up while it read."
            );
        }

        while (!failing.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }

        Assert.That(await failing, Is.EqualTo(ZmtpFailure.Silent));
    }

    [Test]
    public async Task A_ping_is_answered_with_its_context()
    {
        await using var server = await AgainstRawAsync();
        var failing = FailureOf(server.Connection);
        await server.Raw.SendAsync(FrameWriter.Whole(FrameFlags.Command, "\u0004PING\0\0abc"u8));
        var expected = FrameWriter.Whole(FrameFlags.Command, "\u0004PONGabc"u8);
        var answer = new byte[expected.Length];
        for (var read = 0; read < answer.Length; )
        {
            read += await server.Raw.ReceiveAsync(answer.AsMemory(read));
        }

        Assert.That(answer, Is.EqualTo(expected));
        server.Raw.Dispose();
        Assert.That(await failing, Is.EqualTo(ZmtpFailure.Closed));
    }

    [Test]
    public async Task A_peer_that_does_not_read_fills_its_queue_and_no_memory()
    {
        await using var server = await AgainstRawAsync(Limits with { WaitingBytesMax = 1_000_000 });
        var taken = 0;
        while (server.Connection.TrySend(Sides.Message(new byte[100_000])))
        {
            taken++;
            Assert.That(taken, Is.LessThan(1000), "Nothing bounds what waits.");
        }

        Assert.That(taken, Is.GreaterThanOrEqualTo(10));
    }

    [TestCase(1_000_000, 64)]
    [TestCase(100_000_000, 4)]
    public async Task Whoever_was_refused_is_told_when_there_is_room_again(int bytesMax, int messagesMax)
    {
        const int count = 500;
        var limits = Limits with { WaitingBytesMax = bytesMax, WaitingMessagesMax = messagesMax };
        var (server, client) = await Sides.ShakeAsync(false, dealer: Sides.Dealer with { Limits = limits });
        await using var first = server;
        await using var second = client;
        using var room = new SemaphoreSlim(0);
        client.RoomMade = () => room.Release();
        var refusals = 0;
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
            {
                while (!client.TrySend(Sides.Message(BitConverter.GetBytes(i), new byte[100_000])))
                {
                    refusals++;
                    Assert.That(await room.WaitAsync(TimeSpan.FromSeconds(20)), Is.True, "Nobody told of the room.");
                }
            }
        });
        for (var i = 0; i < count; i++)
        {
            var message = await server.ReceiveAsync(default);
            Assert.That(BitConverter.ToInt32(message.Frames[0].Span), Is.EqualTo(i));
        }

        await sending;
        Assert.That(refusals, Is.GreaterThan(0));
    }

    [Test]
    public async Task A_bound_on_messages_may_be_raised_for_a_peer_that_is_known_now()
    {
        var (server, client) = await Sides.ShakeAsync(true);
        await using var first = server;
        await using var second = client;
        server.MessageBytesMax = 100;
        client.TrySend(Sides.Message(new byte[100]));
        client.TrySend(Sides.Message(new byte[50_000]));
        Assert.That((await server.ReceiveAsync(default)).Bytes, Is.EqualTo(100));
        server.MessageBytesMax = 50_000;
        Assert.That((await server.ReceiveAsync(default)).Bytes, Is.EqualTo(50_000));
        client.TrySend(Sides.Message(new byte[50_001]));
        Assert.That(await FailureOf(server), Is.EqualTo(ZmtpFailure.TooLarge));
    }

    [Test]
    public async Task A_peer_that_reads_late_gets_all_that_was_sent_before_an_orderly_end()
    {
        const int bytes = 1_000_000;
        await using var server = await AgainstRawAsync();
        server.Connection.TrySend(Sides.Message(new byte[bytes]));
        await server.Connection.EndAfterSendingAsync("The test is over.", TimeSpan.FromSeconds(10));
        Assert.That(await server.Raw.ReadToEndAsync(), Has.Length.GreaterThanOrEqualTo(bytes));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task What_was_queued_before_an_orderly_end_still_goes_out(bool withCurve)
    {
        var (server, client) = await Sides.ShakeAsync(withCurve);
        await using var first = server;
        await using var second = client;
        client.TrySend(Sides.Message([7]));
        var ending = client.EndAfterSendingAsync("The test is over.", TimeSpan.FromSeconds(10));
        Assert.That((await server.ReceiveAsync(default)).Frames(), Is.EqualTo(new byte[][] { [7] }));
        await ending;
        Assert.That(await FailureOf(server), Is.EqualTo(ZmtpFailure.Closed));
        Assert.That(client.Ended.IsCancellationRequested, Is.True);
    }

    [Test]
    public async Task Many_may_end_a_connection_at_once_while_it_is_disposed()
    {
        for (var i = 0; i < 200; i++)
        {
            var (server, client) = await Sides.ShakeAsync(withCurve: false);
            var ends = Enumerable.Range(0, 4).Select(_ => Task.Run(() => server.End("The test says so."))).ToArray();
            await server.DisposeAsync();
            await Task.WhenAll(ends);
            await client.DisposeAsync();
        }
    }

    // At a megabyte a second.
    private static Task<ZmtpFailure> FailureOf(ZmtpConnection connection) =>
        Sides.FailureOf(async () =>
        {
            while (true)
            {
                await connection.ReceiveAsync(default);
            }
        });

    private static async Task TrySendAsync(Socket socket, byte[] bytes)
    {
        try
        {
            await socket.SendAsync(bytes);
        }
        catch (SocketException)
        {
            // The other side has cut the connection, which is what the test waits for.
        }
    }

    private static bool IsFree(ByteBudget budget, long bytes)
    {
        try
        {
            budget.Take(bytes);
        }
        catch (ZmtpException)
        {
            return false;
        }

        budget.Release(bytes);
        return true;
    }

    private static byte[] LongHeader(FrameFlags flags, ulong bytes)
    {
        var header = new byte[9];
        header[0] = (byte)(flags | FrameFlags.Long);
        BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(1), bytes);
        return header;
    }

    private static byte[] Repeat(byte[] bytes, int times) => [.. Enumerable.Repeat(bytes, times).SelectMany(b => b)];

    /// <summary>A connection whose peer is a bare socket after a plaintext handshake.</summary>
    private static async Task<RawPeer> AgainstRawAsync(
        ZmtpLimits? limits = null,
        TimeProvider? time = null,
        ByteBudget? budget = null
    )
    {
        var (server, client) = await Sides.ConnectAsync();
        var options = Sides.Router with { Limits = limits ?? Limits, Time = time ?? TimeProvider.System };
        var serving = server.ServeAsync(Sides.Plaintext, options, budget);
        await client.SendAsync(Greeting.Write(Mechanism.Null, isServer: false));
        byte[] ready = [.. "\u0005READY"u8, .. Metadata.Write("DEALER")];
        await client.SendAsync(FrameWriter.Whole(FrameFlags.Command, ready));
        var connection = await serving;
        var said = new byte[
            Greeting.Bytes
                + FrameWriter.Whole(FrameFlags.Command, [.. "\u0005READY"u8, .. Metadata.Write("ROUTER")]).Length
        ];
        for (var read = 0; read < said.Length; )
        {
            read += await client.ReceiveAsync(said.AsMemory(read));
        }

        return new RawPeer(connection, client);
    }

    private sealed record RawPeer(ZmtpConnection Connection, Socket Raw) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Raw.Dispose();
            await Connection.DisposeAsync();
        }
    }
}
