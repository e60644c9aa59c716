using ScheduleZero.HandlerAgent.Connection.Ways;

namespace ScheduleZero.Agent.Tests.Ways;

/// <summary>The forms of <c>NO_PROXY</c> that curl and .NET take.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class NoProxyListTests
{
    [TestCase("bridge.example", "https://bridge.example", true)]
    [TestCase("BRIDGE.example", "https://bridge.EXAMPLE.", true)]
    [TestCase("example", "https://bridge.example", true)]
    [TestCase(".example", "https://bridge.example", true)]
    [TestCase("*.example", "https://bridge.example", true)]
    [TestCase("other, bridge.example", "https://bridge.example", true)]
    [TestCase("other bridge.example", "https://bridge.example", true)]
    [TestCase("*", "https://bridge.example", true)]
    [TestCase("bridge.example:8443", "https://bridge.example:8443", true)]
    [TestCase("bridge.example:8443", "https://bridge.example", false)]
    [TestCase("ridge.example", "https://bridge.example", false)]
    [TestCase("bridge.example.org", "https://bridge.example", false)]
    [TestCase("10.1.2.3", "http://10.1.2.3:8890", true)]
    [TestCase("10.0.0.0/8", "http://10.1.2.3:8890", true)]
    [TestCase("10.0.0.0/8", "http://11.1.2.3:8890", false)]
    [TestCase("10.0.0.0/8", "http://ten.example", false)]
    [TestCase("fd00::/8", "http://[fd00::1]:8890", true)]
    [TestCase("fd00::1", "http://[fd00::1]:8890", true)]
    [TestCase("[fd00::1]:8890", "http://[fd00::1]:8890", true)]
    [TestCase("[fd00::1]:8890", "http://[fd00::1]:80", false)]
    [TestCase("::ffff:10.1.2.3", "http://10.1.2.3", true)]
    [TestCase("", "https://bridge.example", false)]
    [TestCase(",, . ,*.", "https://bridge.example", false)]
    [TestCase(null, "https://bridge.example", false)]
    public void A_host_is_exempt(string? text, string address, bool isExempt) =>
        Assert.That(new NoProxyList(text).Holds(new Uri(address)), Is.EqualTo(isExempt));
}
