using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.Schedules;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>What pages about schedules decide and write, without a browser.</summary>
public sealed class ScheduleWordsTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private static readonly TriggerRequest Daily = new()
    {
        Kind = TriggerKinds.Cron,
        Expression = "15 2 * * *",
        TimeZone = "Europe/Berlin",
    };

    [Test]
    public void Every_kind_of_trigger_has_words()
    {
        var interval = new TriggerRequest { Kind = TriggerKinds.Interval, Every = new TimeSpan(1, 2, 3, 4) };
        var months = new TriggerRequest
        {
            Kind = TriggerKinds.CalendarInterval,
            Months = 2,
            TimeOfDay = "02:30",
            StartOn = new DateOnly(2026, 1, 31),
        };
        var once = new TriggerRequest
        {
            Kind = TriggerKinds.Once,
            At = new DateTimeOffset(2026, 5, 1, 2, 0, 0, TimeSpan.FromHours(2)),
        };
        var odd = Daily with { Expression = "0 0\t* * FRI-MON", TimeZone = null };
        Assert.Multiple(() =>
        {
            Assert.That(TriggerText.Of(Daily), Is.EqualTo("every day at 02:15, Europe/Berlin time"));
            Assert.That(TriggerText.Of(Daily, "Europe/Berlin"), Is.EqualTo("every day at 02:15"));
            Assert.That(TriggerText.Of(Daily, "UTC"), Is.EqualTo("every day at 02:15, Europe/Berlin time"));
            Assert.That(TriggerText.Of(odd), Is.EqualTo("0 0 * * FRI-MON, UTC time"));
            Assert.That(TriggerText.Of(interval), Is.EqualTo("every 1 d 2 h 3 min 4 s"));
            Assert.That(
                TriggerText.Of(months),
                Is.EqualTo("every 2 months at 02:30, counted from 2026-01-31, UTC time")
            );
            Assert.That(TriggerText.Of(once), Is.EqualTo("once, at 2026-05-01 00:00:00 UTC"));
            Assert.That(
                TriggerText.Of(Of(TriggerKinds.AnyOf, interval, Of(TriggerKinds.AllOf, Daily, once))),
                Does.StartWith(
                    "whenever one of these is due: every 1 d 2 h 3 min 4 s; (only when all of these are due:"
                )
            );
        });
    }

    [TestCase("", null, null)]
    [TestCase("2026-06-01T12:00", "2026-06-01T10:00:00Z", null)]
    [TestCase("2026-06-01T12:00:30", "2026-06-01T10:00:30Z", null)]
    [TestCase("2026-10-25T02:30", "2026-10-25T00:30:00Z", null)]
    [TestCase("2026-03-29T02:30", null, "jumps over")]
    [TestCase("0001-01-01T00:00", null, "too far")]
    [TestCase("9999-12-31T23:59", null, "too far")]
    [TestCase("tomorrow", null, "are needed")]
    [TestCase("2026-06-01T25:00", null, "are needed")]
    public void A_time_that_was_typed_is_one_of_the_readers_clock(string text, string? instant, string? problem)
    {
        var isRead = LocalTimeText.TryRead(text, Berlin, out var at, out var why);
        Assert.Multiple(() =>
        {
            Assert.That(isRead, Is.EqualTo(problem is null));
            Assert.That(at, Is.EqualTo(instant is null ? (DateTimeOffset?)null : DateTimeOffset.Parse(instant)));
            Assert.That(why, problem is null ? Is.Null : Does.Contain(problem));
        });
    }

    [Test]
    public void A_time_that_is_written_and_read_again_is_the_same()
    {
        var at = new DateTimeOffset(2026, 7, 1, 8, 30, 15, TimeSpan.Zero);
        LocalTimeText.TryRead(LocalTimeText.Of(at, Berlin), Berlin, out var again, out _);
        Assert.That(again, Is.EqualTo(at));
    }

    [TestCase("{\"a\":1.10,\"ä\":[]}", "{\n  \"a\": 1.10,\n  \"ä\": []\n}")]
    [TestCase("\"<b>\"", "\"<b>\"")]
    [TestCase("\"\\ud800\"", "\"\uFFFD\"")]
    public void Params_are_shown_as_they_are(string json, string shown) =>
        Assert.That(JsonText.Of(RawJson.Parse(json)).ReplaceLineEndings("\n"), Is.EqualTo(shown));

    [Test]
    public void Text_that_is_no_json_is_told_with_its_place()
    {
        Assert.That(JsonText.TryRead("{\n\"a\":,}", out _, out var problem), Is.False);
        Assert.That(problem, Is.EqualTo("This is no JSON: look at line 2, character 5."));
        Assert.That(JsonText.TryRead("  ", out var none, out _) && none.IsEmpty, Is.True);
    }

    [TestCase("+01:00", "+02:00", "The clock is put forward by 1 h: +01:00 becomes +02:00")]
    [TestCase("+02:00", "+01:00", "The clock is put back by 1 h: +02:00 becomes +01:00")]
    [TestCase("+10:30", "+11:00", "The clock is put forward by 30 min: +10:30 becomes +11:00")]
    [TestCase("-03:30", "-02:30", "The clock is put forward by 1 h: -03:30 becomes -02:30")]
    [TestCase("+01:00", "+01:00", null)]
    public void A_change_of_the_clock_between_two_instants_is_marked(string before, string after, string? words)
    {
        var at = new DateTimeOffset(2026, 3, 28, 1, 0, 0, TimeSpan.Zero);
        PreviewItem[] items = [new(at, "2026-03-28T02:00:00", before), new(at, "2026-03-29T03:00:00", after)];
        var rows = InstantRow.Of(items).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That((rows[0].Day, rows[0].Time), Is.EqualTo(("Sat 28 Mar 2026", "02:00:00")));
            Assert.That(rows.Select(row => row.ClockChange), Is.EqualTo(new[] { null, words }));
        });
    }

    [Test]
    public void A_query_is_written_and_read_again()
    {
        var query = new ScheduleQuery
        {
            State = ScheduleState.Paused,
            Text = "a&b=c d",
            Method = "m",
            Handler = "h",
            Calendar = "c",
            Order = ScheduleOrder.Name,
            Cursor = "1~x",
        };
        var path = query.ToPath("default");
        Assert.That(ScheduleQuery.Parse(path[path.IndexOf('?')..]), Is.EqualTo(query));
        Assert.That(ScheduleQuery.Parse("?state=1&order=0"), Is.EqualTo(new ScheduleQuery()));
    }

    [Test]
    public void Rows_keep_their_place_until_the_new_order_is_asked_for()
    {
        var rows = new ScheduleRows();
        rows.Put(new Page<ScheduleView>([View("a", 1), View("b", 2)]));
        rows.Put(new Page<ScheduleView>([View("b", 2), View("c", 3)]));
        Assert.That(rows.Rows!.Select(row => row.Name), Is.EqualTo(new[] { "a", "b" }));
        Assert.That((rows.HasMoved, rows.Missing().Single()), Is.EqualTo((true, "a")));
        rows.Put(View("a", 9));
        Assert.That(rows.Rows![0].Version, Is.EqualTo(9));
        rows.ShowOrder();
        Assert.That(rows.Rows!.Select(row => row.Name), Is.EqualTo(new[] { "b", "c" }));
        Assert.That(rows.HasMoved, Is.False);
    }

    private static TriggerRequest Of(string kind, params TriggerRequest[] parts) =>
        new() { Kind = kind, Triggers = parts };

    private static ScheduleView View(string name, int version) =>
        new()
        {
            Name = name,
            Namespace = "default",
            Version = version,
            Trigger = Daily,
            Job = new JobRequest { Method = "m" },
            Misfire = default,
            CatchUpWindow = default,
            Overlap = default,
            Jitter = default,
            Paused = false,
            Occurrences = 0,
            Missed = 0,
            CreatedAt = default,
            ChangedAt = default,
            CreatedBy = "user:ana",
            Owner = "user:ana",
        };
}
