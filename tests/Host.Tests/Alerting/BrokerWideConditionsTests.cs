using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Alerting;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Upkeep;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Host.Tests.Alerting;

/// <summary>The conditions of alerts that are about the whole Broker.</summary>
public sealed class BrokerWideConditionsTests
{
    private const long Mib = 1024 * 1024;

    private static readonly DateTimeOffset _noon = new(2026, 10, 1, 12, 0, 0, TimeSpan.Zero);

    [TestCase(9_000, null)]
    [TestCase(255, "0.25 GiB are free. New work is refused.")]
    [TestCase(63, "0.06 GiB are free. No job is started.")]
    public void A_disk_below_its_reserve_is_seen(long freeMib, string? detail)
    {
        using var disk = new DiskWatch(
            () => freeMib * Mib,
            256 * Mib,
            "/data",
            TimeProvider.System,
            NullLogger<DiskWatch>.Instance
        );
        disk.MeasureOnce(new Edge());
        var seen = new BrokerWideConditions(disk, () => [], null).Disk();
        Assert.That(seen.SingleOrDefault()?.Detail, Is.EqualTo(detail));
    }

    [TestCase(LinkState.Down, 6, "north", LinkDialler.Peer, "north", TestName = "a Bridge that was there")]
    [TestCase(LinkState.Down, 6, "", LinkDialler.Broker, "tcp://a:1", TestName = "an address that the Broker dials")]
    [TestCase(LinkState.Down, 6, "", LinkDialler.Peer, null, TestName = "somebody who was refused")]
    [TestCase(LinkState.Down, 4, "north", LinkDialler.Peer, null, TestName = "down for a short time")]
    [TestCase(LinkState.Up, 6, "north", LinkDialler.Peer, null, TestName = "up")]
    public void A_link_that_is_down_for_the_time_is_seen(
        LinkState state,
        int minutes,
        string bridge,
        LinkDialler dialler,
        string? subject
    )
    {
        var link = new LinkView
        {
            Address = "tcp://a:1",
            DialledBy = dialler,
            State = state,
            Since = _noon.AddMinutes(-minutes),
            Bridges = bridge.Length > 0 ? [bridge] : [],
            Attempts = 1,
        };
        var rule = Rule(AlertCondition.LinkDown, TimeSpan.FromMinutes(5));
        var seen = new BrokerWideConditions(null, () => [link, link], null).Links(rule, _noon);
        Assert.That(seen.SingleOrDefault()?.Subject, Is.EqualTo(subject));
    }

    [TestCase(6, "a.example")]
    [TestCase(8, null)]
    [TestCase(-1, "a.example")]
    [TestCase(null, null)]
    public void A_certificate_that_ends_within_the_time_is_seen(int? days, string? subject)
    {
        var source = new Source(
            new CertificateState("cert.pem", ["a.example"], days is { } left ? _noon.AddDays(left) : null, 0, null)
        );
        var rule = Rule(AlertCondition.CertificateExpires, TimeSpan.FromDays(7));
        var seen = new BrokerWideConditions(null, () => [], new CertificateChoice([source])).Certificates(rule, _noon);
        Assert.That(seen.SingleOrDefault()?.Subject, Is.EqualTo(subject));
    }

    internal static AlertRuleRecord Rule(AlertCondition condition, TimeSpan? after, params string[] only) =>
        new()
        {
            Namespace = "default",
            Name = "rule",
            Condition = condition,
            After = after,
            Only = only.Length > 0 ? only : null,
            Channels = ["ops"],
            CreatedAt = _noon.AddYears(-10),
            ChangedAt = _noon.AddYears(-10),
            CreatedBy = "test",
            ChangedBy = "test",
        };

    private sealed class Edge : IBrokerEdge
    {
        public bool IsBusy => false;

        public void Put(BrokerInput input) { }
    }

    private sealed class Source(CertificateState state) : ICertificateSource
    {
        public IReadOnlyList<ServerCertificate> Current() => [];

        public bool Awaits(string host) => false;

        public IEnumerable<CertificateState> States() => [state];
    }
}
