using System.Globalization;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Live;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The rows of the page of events, and the words of events.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class EventRowsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void New_events_come_on_top_and_the_oldest_leave()
    {
        var rows = new StreamRows<BrokerEvent>(3);
        Add(rows, 1, 2);
        Assert.That(rows.Shown, Is.Empty, "nothing moves before the page draws");
        rows.Draw();
        Add(rows, 3, 4);
        rows.Draw();
        Assert.That(IdsOf(rows), Is.EqualTo(new[] { "4", "3", "2" }));
        Assert.That((rows.LeftOut, rows.HasLost), Is.EqualTo((0, false)));
    }

    [Test]
    public void Events_that_come_faster_than_the_page_draws_are_counted()
    {
        var rows = new StreamRows<BrokerEvent>(3);
        Add(rows, 1);
        rows.Draw();
        Add(rows, 2, 3, 4, 5, 6);
        rows.NoteLost();
        Assert.That((rows.LeftOut, rows.HasLost), Is.EqualTo((0, false)));
        rows.Draw();
        Assert.That(IdsOf(rows), Is.EqualTo(new[] { "6", "5", "4" }));
        Assert.That((rows.LeftOut, rows.HasLost), Is.EqualTo((2, true)));
        rows.Draw();
        Assert.That(rows.LeftOut, Is.EqualTo(2));
    }

    [TestCase("job.priorityChanged", ExpectedResult = "job priority changed")]
    [TestCase("schedule.wentOn", ExpectedResult = "schedule goes on")]
    [TestCase("later.madeUp\u202E", ExpectedResult = "later made up\ufffd")]
    public string A_type_is_said_in_words(string type) => EventText.Of(type);

    [TestCase("schedule.missed", "2026-11-30T11:58:00.0000000+00:00: too late", ExpectedResult = "11:58:00: too late")]
    [TestCase("schedule.fired", "2026-11-30T11:58:00.0000000+00:00", ExpectedResult = "11:58:00")]
    [TestCase("schedule.paused", "until noon", ExpectedResult = "until noon")]
    [TestCase("job.failed", "2026-11-30T11:58:00.0000000+00:00", ExpectedResult = "2026-11-30T11:58:00.0000000+00:00")]
    [TestCase("schedule.saved", null, ExpectedResult = "")]
    public string A_nominal_instant_is_written_as_times_are(string type, string? detail) =>
        EventText.DetailOf(
            new BrokerEvent("1", type, "default", "it", Noon, Detail: detail),
            new TimeText(TimeZoneInfo.Utc, Noon)
        );

    [Test]
    public void What_may_need_a_person_is_a_choice_of_known_types() =>
        Assert.That(EventText.Troubles, Is.SubsetOf(EventTypes.All));

    private static void Add(StreamRows<BrokerEvent> rows, params int[] numbers)
    {
        foreach (var number in numbers)
        {
            var id = number.ToString(CultureInfo.InvariantCulture);
            rows.Add(new BrokerEvent(id, "job.ready", "default", "it", Noon));
        }
    }

    private static IEnumerable<string> IdsOf(StreamRows<BrokerEvent> rows) =>
        rows.Shown.Select(happened => happened.Id);
}
