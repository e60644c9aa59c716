using Microsoft.AspNetCore.Http.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.HandlerAgent.Connection.Ways;

namespace ScheduleZero.Agent.Tests.Ways;

/// <summary>What an agent remembers of the way to an address.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class WayMemoryTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Uri Bridge = new("https://bridge.example");
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private static readonly ProxyRoute Proxy = new(new Uri("http://proxy:3128"), "ana", "s3cret");

    [TestCase(null, 2)]
    [TestCase(60, 5)]
    [TestCase(15, 5)]
    [TestCase(6, 2)]
    [TestCase(2, 1)]
    [TestCase(0, 1)]
    [TestCase(-1e300, 1)]
    [TestCase(1e300, 5)]
    public void Pings_are_a_third_of_the_silence_that_survives(double? silence, double keepAlive) =>
        Assert.That(new Way(SilenceSeconds: silence).KeepAlive(Longest).TotalSeconds, Is.EqualTo(keepAlive));

    [TestCase(0, true)]
    [TestCase(6, true)]
    [TestCase(7, false)]
    [TestCase(-1, false)]
    public void A_measurement_counts_for_a_week(double daysLater, bool counts)
    {
        var way = new Way(SilenceSeconds: 30, MeasuredAt: Noon);
        Assert.That(way.IsMeasured(Noon + TimeSpan.FromDays(daysLater)), Is.EqualTo(counts));
    }

    [Test]
    public void It_is_remembered_across_a_restart_for_each_address_and_proxy()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "state", "ways.json");
        new WayMemory(file, NullLogger.Instance).Change(Bridge, Proxy, _ => Known);
        var later = new WayMemory(file, NullLogger.Instance);
        Assert.That(later.Of(Bridge, Proxy), Is.EqualTo(Known));
        Assert.That(later.Of(Bridge, null), Is.EqualTo(new Way()));
        Assert.That(later.Of(new Uri("https://other.example"), Proxy), Is.EqualTo(new Way()));
        Assert.That(File.ReadAllText(file), Does.Not.Contain("s3cret").And.Not.Contain("ana"));
        Assert.That(File.ReadAllText(file), Does.Contain("ServerSentEvents"));
    }

    [TestCase("")]
    [TestCase("nonsense")]
    [TestCase("null")]
    [TestCase("""{"ways":null}""")]
    [TestCase("""{"ways":{"https://bridge.example/":{"transport":"Carrier pigeon"}}}""")]
    [TestCase("""{"ways":{"https://bridge.example/":null}}""")]
    public void A_file_that_makes_no_sense_is_as_if_there_were_none(string content)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "ways.json");
        File.WriteAllText(file, content);
        var memory = new WayMemory(file, NullLogger.Instance);
        Assert.That(memory.Of(Bridge, null), Is.EqualTo(new Way()));
        memory.Change(Bridge, null, _ => Known);
        Assert.That(new WayMemory(file, NullLogger.Instance).Of(Bridge, null), Is.EqualTo(Known));
    }

    [Test]
    public void A_file_that_cannot_be_written_costs_a_warning_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var log = new LogLines();
        var memory = new WayMemory(folder.Path, log);
        memory.Change(Bridge, null, _ => Known);
        memory.Change(Bridge, null, way => way with { SilenceSeconds = 1 });
        Assert.That(memory.Of(Bridge, null).SilenceSeconds, Is.EqualTo(1));
        Assert.That(log.With("5119 "), Has.Count.EqualTo(1));
    }

    [Test]
    public void Two_losses_soon_after_each_other_forget_the_measurement_and_one_does_not()
    {
        var memory = new WayMemory(null, NullLogger.Instance);
        memory.Change(Bridge, null, _ => Known);
        memory.NoteLoss(Bridge, null, Noon);
        memory.NoteLoss(Bridge, null, Noon + TimeSpan.FromHours(1));
        Assert.That(memory.Of(Bridge, null), Is.EqualTo(Known));
        memory.NoteLoss(Bridge, null, Noon + TimeSpan.FromMinutes(65));
        Assert.That(memory.Of(Bridge, null), Is.EqualTo(new Way(HttpTransportType.ServerSentEvents)));
    }

    private static Way Known => new(HttpTransportType.ServerSentEvents, 30, Noon);
}
