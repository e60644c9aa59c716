using System.Net;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Edges;
using ScheduleZero.Hostile;

namespace ScheduleZero.Host.Tests.Edges;

/// <summary>How many lines of a log a caller without any proof can cause.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class StrangerLinesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LineLog _log = new();

    [Test]
    public void One_address_has_a_few_and_another_has_its_own()
    {
        using var lines = new StrangerLines(_time, _log);
        Assert.That(Take(lines, 100, _ => IPAddress.Loopback), Is.EqualTo(StrangerLines.PerAddressPerMinute));
        Assert.That(
            Take(lines, 100, _ => IPAddress.Parse("203.0.113.7")),
            Is.EqualTo(StrangerLines.PerAddressPerMinute)
        );
    }

    [Test]
    public void All_addresses_together_have_a_bound_and_a_network_of_IPv6_is_one_address()
    {
        using var lines = new StrangerLines(_time, _log);
        Assert.That(
            Take(lines, 1_000, i => new IPAddress([10, 0, (byte)(i >> 8), (byte)i])),
            Is.EqualTo(StrangerLines.PerMinute)
        );
        using var others = new StrangerLines(_time, _log);
        Assert.That(
            Take(others, 1_000, i => IPAddress.Parse($"2001:db8::{i:x}")),
            Is.EqualTo(StrangerLines.PerAddressPerMinute)
        );
    }

    [Test]
    public void A_flood_of_one_kind_hides_no_other()
    {
        using var lines = new StrangerLines(_time, _log);
        Take(lines, 1_000, _ => null);
        Assert.That(lines.MayWrite("others", null));
    }

    [Test]
    public void What_was_left_out_is_told_in_one_line_when_the_minute_is_over_and_the_next_begins_anew()
    {
        using var lines = new StrangerLines(_time, _log);
        Take(lines, 100, _ => IPAddress.Loopback);
        Assert.That(_log.Lines, Is.Empty);

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.That(_log.Lines.Single().Words, Does.StartWith("90 more lines about doors").And.Contains("127.0.0.1"));
        Assert.That(Take(lines, 100, _ => IPAddress.Loopback), Is.EqualTo(StrangerLines.PerAddressPerMinute));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_log.Lines, Has.Count.EqualTo(2));
    }

    [Test]
    public void What_was_left_out_at_the_end_is_told_too()
    {
        var lines = new StrangerLines(_time, _log);
        Take(lines, 25, _ => IPAddress.Loopback);
        lines.Dispose();
        Assert.That(_log.Lines.Single().Words, Does.StartWith("15 more"));
    }

    [Test]
    public void Few_lines_need_no_number()
    {
        using var lines = new StrangerLines(_time, _log);
        Take(lines, StrangerLines.PerAddressPerMinute, _ => IPAddress.Loopback);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.That(_log.Lines, Is.Empty);
    }

    private static int Take(StrangerLines lines, int times, Func<int, IPAddress?> address) =>
        Enumerable.Range(0, times).Count(i => lines.MayWrite("doors", address(i)));
}
