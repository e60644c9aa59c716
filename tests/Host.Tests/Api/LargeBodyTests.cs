using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Throttling;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Large bodies that are under way at the same time.</summary>
[Parallelizable]
public sealed class LargeBodyTests
{
    private const string Batch = $"{ApiHost.Jobs}/batch";
    private const int Large = 400 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private ApiHost _host = null!;

    private LargeBodies Bodies => _host.Services.GetRequiredService<LargeBodies>();

    [SetUp]
    public async Task StartAsync() =>
        _host = await ApiHost.StartAsync(largeBodiesBytesMax: 2 * BodyLimit.BatchBytesMax);

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [TestCase(true)]
    [TestCase(false)]
    public async Task When_all_room_is_held_a_large_body_is_refused_and_small_ones_are_served(bool isLengthKnown)
    {
        using var client = _host.Client(_host.AddKey(Roles.Operator));
        using (await Holder.BeginAsync(_host, _host.AddKey(Roles.Operator), isLengthKnown))
        using (await Holder.BeginAsync(_host, _host.AddKey(Roles.Operator), isLengthKnown))
        {
            Assert.That(Bodies.BytesTaken, Is.EqualTo(2 * BodyLimit.BatchBytesMax));
            using var refused = await client.PostTextAsync(Batch, BatchOf(Large));
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That((await refused.ProblemAsync()).Code, Is.EqualTo(ErrorCodes.Unavailable));
            Assert.That(refused.Headers.RetryAfter!.Delta, Is.GreaterThan(TimeSpan.Zero));
            using var small = await client.PostTextAsync(Batch, BatchOf(1000));
            Assert.That(small.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            using var read = await client.GetAsync(ApiHost.Jobs);
            Assert.That(read.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }

        await UntilAsync(() => Bodies.BytesTaken == 0);
        using var after = await client.PostTextAsync(Batch, BatchOf(Large));
        Assert.That(after.StatusCode, Is.EqualTo(HttpStatusCode.OK), "the clients that held the room are gone");
    }

    [Test]
    public async Task One_caller_does_not_hold_all_of_it()
    {
        var greedy = _host.AddKey(Roles.Operator);
        using var holder = await Holder.BeginAsync(_host, greedy, isLengthKnown: true);
        using var again = _host.Client(greedy);
        using var refused = await again.PostTextAsync(Batch, BatchOf(Large));
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        using var other = _host.Client(_host.AddKey(Roles.Operator));
        using var served = await other.PostTextAsync(Batch, BatchOf(Large));
        Assert.That(served.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task What_a_caller_has_sent_counts_until_the_store_can_have_put_it_away()
    {
        using var greedy = _host.Client(_host.AddKey(Roles.Operator));
        var half = BatchOf((int)BodyLimit.BatchBytesMax / 2);
        var small = BatchOf((int)BodyLimit.BatchBytesMax / 4);
        Assert.That((await greedy.PostTextAsync(Batch, half)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await greedy.PostTextAsync(Batch, small)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        await UntilAsync(() => Bodies.BytesTaken == 0);
        using var refused = await greedy.PostTextAsync(Batch, half);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That((await refused.ProblemAsync()).Code, Is.EqualTo(ErrorCodes.Unavailable));
        Assert.That(
            refused.Headers.RetryAfter!.Delta,
            Is.EqualTo(TimeSpan.FromSeconds(1)),
            "8 MiB too many, at 16 MiB a second"
        );
        using var other = _host.Client(_host.AddKey(Roles.Operator));
        Assert.That(
            (await other.PostTextAsync(Batch, half)).StatusCode,
            Is.EqualTo(HttpStatusCode.OK),
            "other keys are served"
        );
        _host.Time.Advance(refused.Headers.RetryAfter.Delta!.Value);
        Assert.That((await greedy.PostTextAsync(Batch, half)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Room_is_given_back_however_a_request_ends()
    {
        using var viewer = _host.Client(_host.AddKey(Roles.Viewer));
        using var nobody = _host.Client(null);
        var large = BatchOf(Large);
        Assert.That((await _host.Admin.PostTextAsync(Batch, large)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            (await _host.Admin.PostTextAsync(Batch, large[1..])).StatusCode,
            Is.EqualTo(HttpStatusCode.BadRequest)
        );
        Assert.That(
            (await _host.Admin.PostTextAsync(ApiHost.Jobs, large)).StatusCode,
            Is.EqualTo(HttpStatusCode.RequestEntityTooLarge)
        );
        Assert.That((await viewer.PostTextAsync(Batch, large)).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await nobody.PostTextAsync(Batch, large)).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        _host.Broker.Override = _ => throw new InvalidOperationException("A fault of ours.");
        Assert.That(
            (await _host.Admin.PostTextAsync(Batch, large)).StatusCode,
            Is.EqualTo(HttpStatusCode.InternalServerError)
        );
        _host.Broker.Override = _ => null;
        await UntilAsync(() => Bodies.BytesTaken == 0);
    }

    [Test]
    public async Task A_body_whose_length_was_not_said_counts_as_what_it_was_once_it_has_come()
    {
        var during = -1L;
        _host.Broker.Before = _ => during = Bodies.BytesTaken;
        using var request = new HttpRequestMessage(HttpMethod.Post, Batch) { Content = HttpWords.Json(BatchOf(1000)) };
        request.Headers.TransferEncodingChunked = true;
        using var answer = await _host.Admin.SendAsync(request);
        Assert.That((answer.StatusCode, during), Is.EqualTo((HttpStatusCode.OK, 0)));
    }

    private static string BatchOf(int bytes) => $$"""{"jobs":[{"method":"a"}{{new string(' ', bytes)}}]}""";

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isSo())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), patience.Token);
        }
    }

    /// <summary>
    /// A batch of the largest size of which only a part of the body is sent until the test disposes it.
    /// </summary>
    private sealed class Holder(Socket socket) : IDisposable
    {
        public static async Task<Holder> BeginAsync(ApiHost host, ApiKey key, bool isLengthKnown)
        {
            using var patience = new CancellationTokenSource(Patience);
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, host.Address.Port, patience.Token);
            var length = isLengthKnown ? $"Content-Length: {BodyLimit.BatchBytesMax}" : "Transfer-Encoding: chunked";
            var head =
                $"POST {Batch} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key.Reveal()}\r\nContent-Type: "
                + $"application/json\r\nExpect: 100-continue\r\n{length}\r\n\r\n";
            await socket.SendAsync(Encoding.ASCII.GetBytes(head), patience.Token);
            // The server asks for the body when it begins to read it.
            var answer = new byte[100];
            var read = await socket.ReceiveAsync(answer, patience.Token);
            Assert.That(Encoding.ASCII.GetString(answer, 0, read), Does.StartWith("HTTP/1.1 100"));
            // The part is large enough that the server does not cut the connection as too slow during the test.
            var body = new string(' ', 256 * 1024);
            await socket.SendAsync(
                Encoding.ASCII.GetBytes(isLengthKnown ? body : $"{body.Length:x}\r\n{body}\r\n"),
                patience.Token
            );
            return new Holder(socket);
        }

        public void Dispose()
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }
    }
}
