using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Core.Tests.Sessions;

/// <summary>Which words and numbers about the network on the way are taken.</summary>
public sealed class WayCheckTests
{
    [TestCase(0, false)]
    [TestCase(1, true)]
    [TestCase(256, true)]
    [TestCase(257, false)]
    public void Text_has_some_characters_and_not_too_many(int length, bool isTaken)
    {
        var text = new string('x', length);
        Assert.That(WayCheck.Text(text), isTaken ? Is.EqualTo(text) : Is.Null);
    }

    [TestCase("1.1 proxy", true)]
    [TestCase("1.1\tproxy", false)]
    [TestCase("\u001b[2J", false)]
    [TestCase(null, false)]
    public void Text_has_no_control_characters(string? text, bool isTaken) =>
        Assert.That(WayCheck.Text(text), isTaken ? Is.EqualTo(text) : Is.Null);

    [TestCase("webSockets", "webSockets")]
    [TestCase("serverSentEvents", "serverSentEvents")]
    [TestCase("longPolling", "longPolling")]
    [TestCase("WebSockets", null)]
    [TestCase("pigeons", null)]
    [TestCase("", null)]
    [TestCase(null, null)]
    public void Transport_is_one_that_is_known(string? said, string? taken) =>
        Assert.That(WayCheck.Transport(said), Is.EqualTo(taken));

    [TestCase(-0.001, null)]
    [TestCase(0.0, 0.0)]
    [TestCase(86_400.0, 86_400.0)]
    [TestCase(86_400.001, null)]
    [TestCase(double.NaN, null)]
    [TestCase(null, null)]
    public void Times_are_from_nothing_to_a_day(double? said, double? taken)
    {
        var way = WayCheck.Read(new HelloWay { KeepAliveSeconds = said, SilenceSeconds = said })!;
        Assert.That((way.KeepAliveSeconds, way.SilenceSeconds), Is.EqualTo((taken, taken)));
    }

    [Test]
    public void Nothing_is_read_from_nothing() => Assert.That(WayCheck.Read(null), Is.Null);
}
