using System.Net;
using System.Net.WebSockets;
using System.Text;
using ScheduleZero.Bridge.Ways;

namespace ScheduleZero.Bridge.Tests;

/// <summary>The Bridge's side of the check of a way: it is silent, and then answers.</summary>
internal sealed class SilenceTests : BridgeFixture
{
    private static readonly HttpClient Http = new();

    [Test]
    public async Task A_WebSocket_gets_a_text_after_the_silence()
    {
        await using var bridge = await UnlinkedAsync();
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(UrlOf(bridge, "?seconds=1", "ws"), CancellationToken.None);
        var buffer = new byte[16];
        var heard = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
        Assert.That(Encoding.ASCII.GetString(buffer, 0, heard.Count), Is.EqualTo("silent"));
    }

    [Test]
    public async Task A_request_gets_204_after_the_silence()
    {
        await using var bridge = await UnlinkedAsync();
        using var answer = await Http.GetAsync(UrlOf(bridge, "?seconds=1"));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [TestCase("")]
    [TestCase("?seconds=0")]
    [TestCase("?seconds=121")]
    [TestCase("?seconds=-1")]
    [TestCase("?seconds=1e1")]
    [TestCase("?seconds=99999999999999")]
    [TestCase("?seconds=1&seconds=2")]
    public async Task A_silence_that_makes_no_sense_is_refused(string query)
    {
        await using var bridge = await UnlinkedAsync();
        using var answer = await Http.GetAsync(UrlOf(bridge, query));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Only_so_many_are_silent_at_once_and_a_place_that_is_left_is_given_again()
    {
        await using var bridge = await UnlinkedAsync(
            new BridgeLimits { SilenceChecksMax = 1, DrainGrace = TimeSpan.Zero }
        );
        using (var first = new ClientWebSocket())
        {
            await first.ConnectAsync(UrlOf(bridge, "?seconds=120", "ws"), CancellationToken.None);
            using var refused = await Http.GetAsync(UrlOf(bridge, "?seconds=1"));
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        }

        var status = HttpStatusCode.ServiceUnavailable;
        while (status == HttpStatusCode.ServiceUnavailable)
        {
            using var next = await Http.GetAsync(UrlOf(bridge, "?seconds=1"));
            status = next.StatusCode;
        }

        Assert.That(status, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task Checks_count_as_connections_of_their_address()
    {
        await using var bridge = await UnlinkedAsync(
            new BridgeLimits { ConnectionsPerMinute = 1, DrainGrace = TimeSpan.Zero }
        );
        using var first = await Http.GetAsync(UrlOf(bridge, "?seconds=1"));
        using var second = await Http.GetAsync(UrlOf(bridge, "?seconds=1"));
        Assert.That(first.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
    }

    private static Task<RunningBridge> UnlinkedAsync(BridgeLimits? limits = null) =>
        StartAsync(Settings("tcp://127.0.0.1:1", limits));

    private static Uri UrlOf(RunningBridge bridge, string query, string scheme = "http") =>
        new UriBuilder(new Uri(new Uri(bridge.Urls[0]), SilenceEndpoint.Path + query)) { Scheme = scheme }.Uri;
}
