using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>How instants and distances are written for people.</summary>
public sealed class TimeTextTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly TimeText Times = new(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), Noon);

    [TestCase(
        "3 instants from 2026-06-01T09:20:00.0000000+00:00 to 2026-06-02T10:00:00Z: busy",
        "3 instants from 11:20:00 to 2 Jun 12:00:00: busy"
    )]
    [TestCase("since 2026-06-01 09:19:39Z.", "since 11:19:39.")]
    [TestCase("since 2026-06-01T09:19:39.5+02:00", "since 09:19:39")]
    [TestCase(
        "2026-13-01T00:00:00Z, 2026-06-01, 9999-99-99 99:99:99Z",
        "2026-13-01T00:00:00Z, 2026-06-01, 9999-99-99 99:99:99Z"
    )]
    [TestCase("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00")]
    [TestCase("", "")]
    public void Instants_in_a_sentence_are_those_of_the_readers_clock(string sentence, string shown) =>
        Assert.That(Times.InText(sentence), Is.EqualTo(shown));

    [TestCase(99, "in 99 d")]
    [TestCase(-99, "99 d ago")]
    [TestCase(100, "9 Sep 2026")]
    [TestCase(-100, "21 Feb 2026")]
    [TestCase(23_042, "2 Jul 2089")]
    public void What_is_far_away_has_its_day(int days, string shown) =>
        Assert.That(Times.Distance(Noon.AddDays(days)), Is.EqualTo(shown));
}
