using System.Net.Sockets;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Tests;

/// <summary>Where a handler is said to connect from, and whence one may.</summary>
internal sealed class AddressTests : BridgeFixture
{
    [TestCase("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7")]
    [TestCase("127.0.0.9", "203.0.113.7", "127.0.0.1")]
    [TestCase(null, "203.0.113.7", "127.0.0.1")]
    public async Task The_broker_learns_the_address_that_a_trusted_proxy_saw(
        string? trusted,
        string forwarded,
        string told
    )
    {
        using var broker = ABroker();
        await using var bridge = await StartAsync(
            Settings(broker.Endpoint, trustedProxies: trusted is null ? [] : [trusted])
        );
        await bridge.Linked.WaitAsync(TimeSpan.FromSeconds(20));
        await using var handler = await TestHandler.ConnectAsync(bridge, forwardedFor: forwarded);
        var open = await broker.HearAsync(MessageKind.Open);
        Assert.That(ProtocolJson.TryRead<Open>(open.Body, out var body, out _), Is.True);
        Assert.That(body!.RemoteAddress, Is.EqualTo(told));
    }

    [TestCase("127.0.0.0/8", null, 200)]
    [TestCase("203.0.113.0/24", "203.0.113.7", 200)]
    [TestCase("203.0.113.0/24", "198.51.100.1", 403)]
    public async Task Only_allowed_addresses_are_served(string range, string? forwarded, int status)
    {
        using var broker = ABroker();
        await using var bridge = await StartAsync(
            Settings(broker.Endpoint, trustedProxies: forwarded is null ? [] : ["127.0.0.1"], allowFrom: [range])
        );
        using var client = new HttpClient();
        if (forwarded is not null)
        {
            client.DefaultRequestHeaders.Add("X-Forwarded-For", forwarded);
        }

        using var answer = await client.GetAsync($"{bridge.Urls[0]}/health/live");
        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task A_connection_from_elsewhere_is_cut()
    {
        using var broker = ABroker();
        await using var bridge = await StartAsync(Settings(broker.Endpoint, allowFrom: ["203.0.113.0/24"]));
        using var client = new HttpClient();
        Assert.That(
            async () => await client.GetAsync($"{bridge.Urls[0]}/health/live"),
            Throws.InstanceOf<HttpRequestException>().Or.InstanceOf<SocketException>()
        );
    }

    [TestCase("--allow-from", BridgeArguments.AllowFromVariable)]
    [TestCase("--trusted-proxies", BridgeArguments.TrustedProxiesVariable)]
    public void What_is_no_range_is_refused(string flag, string variable)
    {
        Assert.That(
            () => BridgeArguments.Read([flag, "10.0.0.1/8"], _ => null).Validate(),
            Throws.TypeOf<BridgeSettingsException>().With.Message.Contains(flag)
        );
        Assert.That(
            () => BridgeArguments.Read([], name => name == variable ? "x" : null).Validate(),
            Throws.TypeOf<BridgeSettingsException>().With.Message.Contains(flag)
        );
    }
}
