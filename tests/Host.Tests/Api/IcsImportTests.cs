using ScheduleZero.Broker.Host.Api.Calendars;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Which days an iCalendar file means, and which parts of a file are refused.</summary>
[Parallelizable]
public sealed class IcsImportTests
{
    private static readonly DateOnly Today = new(2026, 6, 1);
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private static string Event(string lines, string uid = "u") => $"BEGIN:VEVENT\nUID:{uid}\n{lines}\nEND:VEVENT\n";

    private static string File(string events) => $"BEGIN:VCALENDAR\nVERSION:2.0\n{events}END:VCALENDAR\n";

    private static string Text(IcsDays days) =>
        string.Join(
            ' ',
            days.Ranges.Concat(days.Dates.Select(date => new DateRange(date, date)))
                .OrderBy(range => range.From)
                .Select(range =>
                    range.From == range.To
                        ? $"{range.From:yyyy-MM-dd}"
                        : $"{range.From:yyyy-MM-dd}..{range.To:yyyy-MM-dd}"
                )
        );

    [TestCase("DTSTART;VALUE=DATE:20261225", "2026-12-25")]
    [TestCase("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20270102", "2026-12-24..2027-01-01")]
    [TestCase(
        "DTSTART:20261231T213000Z\nDTEND:20261231T233000Z",
        "2026-12-31..2027-01-01",
        TestName = "Midnight is that of the calendar's zone"
    )]
    [TestCase(
        "DTSTART;TZID=Europe/Berlin:20261231T213000\nDTEND;TZID=Europe/Berlin:20270101T000000",
        "2026-12-31",
        TestName = "An end at midnight does not touch the day"
    )]
    [TestCase("DTSTART;TZID=America/New_York:20261231T200000\nDURATION:PT1H", "2027-01-01")]
    [TestCase(
        "DTSTART:20261231T235959\nDURATION:PT2S",
        "2026-12-31..2027-01-01",
        TestName = "A time without a zone is one of the calendar's zone"
    )]
    [TestCase("DTSTART:20261231T120000", "2026-12-31", TestName = "An event without an end touches its day")]
    [TestCase("DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3", "2026-06-01 2026-06-08 2026-06-15")]
    [TestCase(
        "DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20260608",
        "2026-06-01 2026-06-15"
    )]
    [TestCase("DTSTART;VALUE=DATE:20260601\nRDATE;VALUE=DATE:20260701,20260801", "2026-06-01 2026-07-01 2026-08-01")]
    [TestCase(
        "DTSTART;VALUE=DATE:20261225\nSUMMARY:Weihnachten\\, frei\nDESCRIPTION:so lang d\n aß sie "
            + "umbricht\nBEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM",
        "2026-12-25"
    )]
    [TestCase("DTSTART;VALUE=DATE:20261225\nSTATUS:CANCELLED", "")]
    [TestCase(
        "DTSTART;VALUE=DATE:00010101\nDTEND;VALUE=DATE:99991231",
        "2000-01-01..2200-12-31",
        TestName = "Days beyond all years are left out"
    )]
    public void An_event_touches_its_days(string lines, string expected)
    {
        var days = IcsImport.Read(File(Event(lines)), Berlin, Today, out var problem);
        Assert.That(problem, Is.Null);
        Assert.That(Text(days!), Is.EqualTo(expected));
    }

    [Test]
    public void An_occurrence_that_was_moved_or_cancelled_is_where_it_is_now()
    {
        var series = Event("DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=WEEKLY;COUNT=4");
        var moved = Event("RECURRENCE-ID;VALUE=DATE:20260608\nDTSTART;VALUE=DATE:20260610");
        var cancelled = Event("RECURRENCE-ID;VALUE=DATE:20260615\nDTSTART;VALUE=DATE:20260615\nSTATUS:CANCELLED");
        Assert.That(
            Text(IcsImport.Read(File(series + moved + cancelled), Berlin, Today, out _)!),
            Is.EqualTo("2026-06-01 2026-06-10 2026-06-22")
        );
    }

    [TestCase(
        "DTSTART;VALUE=DATE:20261126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20291122",
        "2026-11-26 2027-11-25 2028-11-23 2029-11-22"
    )]
    [TestCase(
        "DTSTART;VALUE=DATE:20260629\nRRULE:FREQ=MONTHLY;BYDAY=-1MO;UNTIL=20260831",
        "2026-06-29 2026-07-27 2026-08-31"
    )]
    [TestCase("DTSTART;VALUE=DATE:20260630\nRRULE:FREQ=MONTHLY;BYDAY=1MO,-1TU;UNTIL=20260706", "2026-06-30 2026-07-06")]
    [TestCase(
        "DTSTART;VALUE=DATE:20260605\nRRULE:FREQ=WEEKLY;BYDAY=MO,FR;UNTIL=20260615",
        "2026-06-05 2026-06-08 2026-06-12 2026-06-15"
    )]
    [TestCase(
        "DTSTART;TZID=Europe/Berlin:20261126T100000\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20281123T090000Z",
        "2026-11-26 2027-11-25 2028-11-23"
    )]
    [TestCase(
        "DTSTART;TZID=Europe/Berlin:20261126T100000\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20281123T085959Z",
        "2026-11-26 2027-11-25"
    )]
    [TestCase(
        "DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=DAILY;UNTIL=20260603\nRDATE;VALUE=DATE:20260605",
        "2026-06-01..2026-06-03 2026-06-05"
    )]
    public void The_last_day_of_a_rule_is_the_last_that_is_not_behind_its_end(string lines, string expected) =>
        Assert.That(Text(IcsImport.Read(File(Event(lines)), Berlin, Today, out _)!), Is.EqualTo(expected));

    [TestCase(
        "DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;TZID=Europe/Berlin:20260608T000000",
        "2026-06-01 2026-06-15"
    )]
    [TestCase(
        "DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20260607T220000Z",
        "2026-06-01 2026-06-15"
    )]
    [TestCase(
        "DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20260608T000000,20260615T000000",
        "2026-06-01"
    )]
    [TestCase(
        "DTSTART;TZID=Europe/Berlin:20260601T100000\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20260608",
        "2026-06-01 2026-06-15"
    )]
    public void A_day_that_is_taken_out_is_named_by_a_day_or_a_time(string lines, string expected) =>
        Assert.That(Text(IcsImport.Read(File(Event(lines)), Berlin, Today, out _)!), Is.EqualTo(expected));

    private const string OwnZone =
        "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\n"
        + "BEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n"
        + "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n"
        + "BEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"
        + "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n";

    [TestCase("DTSTART;TZID=Customized Time Zone:20260701T003000\nDURATION:PT1H", "2026-07-01")]
    [TestCase("DTSTART;TZID=\"Customized Time Zone\":20261201T233000\nDURATION:PT1H", "2026-12-01..2026-12-02")]
    [TestCase(
        "DTSTART;TZID=Customized Time "
            + "Zone:20260701T003000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;TZID=Customized Time "
            + "Zone:20260702T003000",
        "2026-07-01 2026-07-03"
    )]
    public void A_zone_of_the_file_s_own_is_taken_wherever_it_stands(string lines, string expected)
    {
        foreach (var events in (string[])[OwnZone + Event(lines), Event(lines) + OwnZone])
        {
            var days = IcsImport.Read(File(events), Berlin, Today, out var problem);
            Assert.That(problem, Is.Null);
            Assert.That(Text(days!), Is.EqualTo(expected));
        }
    }

    [Test]
    public void A_zone_of_the_file_s_own_that_no_zone_is_like_is_refused_with_the_reason()
    {
        var odd = OwnZone.Replace("+0200", "+0217", StringComparison.Ordinal);
        Assert.That(
            IcsImport.Read(
                File(odd + Event("DTSTART;TZID=Customized Time Zone:20260701T003000")),
                Berlin,
                Today,
                out var problem
            ),
            Is.Null
        );
        Assert.That(problem, Does.StartWith("The file brings a zone of its own"));
    }

    [Test]
    public void A_byte_order_mark_is_no_part_of_the_file() =>
        Assert.That(
            Text(IcsImport.Read('\uFEFF' + File(Event("DTSTART;VALUE=DATE:20261225")), Berlin, Today, out _)!),
            Is.EqualTo("2026-12-25")
        );

    [TestCase("DTSTART;VALUE=DATE:20260617", "2026-06-01 2026-06-08 2026-06-17 2026-06-24")]
    [TestCase(
        "DTSTART;VALUE=DATE:20260616\nDTEND;VALUE=DATE:20260618",
        "2026-06-01 2026-06-08 2026-06-16..2026-06-17 2026-06-23..2026-06-24"
    )]
    [TestCase("DTSTART;VALUE=DATE:20260615\nSTATUS:CANCELLED", "2026-06-01 2026-06-08")]
    public void A_change_of_an_occurrence_and_all_later_ones_moves_them_all(string lines, string expected)
    {
        var series = Event("DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=WEEKLY;COUNT=4");
        var changed = Event($"RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20260615\n{lines}");
        Assert.That(Text(IcsImport.Read(File(series + changed), Berlin, Today, out _)!), Is.EqualTo(expected));
    }

    [Test]
    public void What_is_left_out_is_said()
    {
        var days = IcsImport.Read(
            File(
                Event("SUMMARY:no day", "a")
                    + Event("DTSTART;VALUE=DATE:20101225", "b")
                    + Event("DTSTART;VALUE=DATE:20991225", "c")
                    + Event("DTSTART;VALUE=DATE:20261225", "d")
            ),
            Berlin,
            Today,
            out _
        )!;
        Assert.That(Text(days), Is.EqualTo("2026-12-25"));
        Assert.That(
            days.Notes,
            Is.EqualTo(
                new[]
                {
                    "Left out: 1 events that say no day (no DTSTART).",
                    "Left out: 2 single events before 2025-06-01 or after 2036-06-01.",
                }
            )
        );
        Assert.That(IcsImport.Read(File(Event("DTSTART;VALUE=DATE:20261225")), Berlin, Today, out _)!.Notes, Is.Empty);
    }

    [Test]
    public void What_repeats_for_ever_is_written_out_for_ten_years()
    {
        var days = IcsImport.Read(File(Event("DTSTART;VALUE=DATE:20001225\nRRULE:FREQ=YEARLY")), Berlin, Today, out _)!;
        Assert.That(days.Dates.Select(date => date.Year), Is.EqualTo(Enumerable.Range(2025, 11)));
        Assert.That(days.Until, Is.EqualTo(new DateOnly(2036, 6, 1)));
    }

    private static IEnumerable<TestCaseData> Refused()
    {
        yield return Case("", "An iCalendar file with events is needed", "nothing");
        yield return Case("<html></html>", "An iCalendar file with events is needed", "a page of the web");
        yield return Case("BEGIN:VCALENDAR\nEND:VCALENDAR\n", "An iCalendar file with events is needed", "no event");
        yield return Case("BEGIN:VCALENDAR\nEND:VEVENT\n", "A component ends that did not begin.", "wrong end");
        yield return Case(File(Event("SUMMARY:x")), "An event has no DTSTART.", "no start");
        yield return Case(
            File(Event("DTSTART:99999999T999999Z")),
            "The text is no iCalendar file that can be read",
            "no date"
        );
        yield return Case(
            File(Event("DTSTART;TZID=Mars/Base:20260101T000000")),
            "The text is no iCalendar file that can be read",
            "an unknown zone"
        );
        yield return Case(
            File(Event("DTSTART;TZID=../../etc/passwd:20260101T000000")),
            "The text is no iCalendar file that can be read",
            "a path as zone"
        );
        yield return Case(
            File(Event("DTSTART;VALUE=DATE:20260601\nDTEND;VALUE=DATE:20260501")),
            "The text is no iCalendar file that can be read",
            "an end before the start"
        );
        yield return Case(
            File(Event("DTSTART:20260101T000000Z\nDURATION:P99999999W")),
            "The text is no iCalendar file that can be read",
            "an end beyond all time"
        );
        yield return Case(
            File(Event("DTSTART:20260601T000000Z\nRRULE:FREQ=SECONDLY")),
            "A rule repeats more often than daily",
            "seconds"
        );
        yield return Case(
            File(Event("DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")),
            "A rule of the file finds no day",
            "30 February"
        );
        yield return Case(
            File(Event("DTSTART;VALUE=DATE:00010101\nRRULE:FREQ=DAILY")),
            "The rules of the file begin too long ago",
            "daily since the year 1"
        );
        yield return Case(
            File(Event($"DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=YEARLY;BYHOUR={Numbers(24)};BYMINUTE={Numbers(60)}")),
            "A rule names more times of a day",
            "all minutes"
        );
        yield return Case(
            File(
                Event(
                    "DTSTART;VALUE=DATE:20260101\nEXDATE;VALUE=DATE:"
                        + $"{string.Join(',', Enumerable.Range(0, 2001).Select(n => $"{Today.AddDays(n):yyyyMMdd}"))}"
                )
            ),
            "The events name 2001 single dates",
            "many single dates"
        );
        yield return Case(
            File(string.Concat(Enumerable.Range(0, 2001).Select(n => Event("DTSTART;VALUE=DATE:20260101", $"u{n}")))),
            "The text holds 2001 events",
            "many events"
        );
        yield return Case(
            string.Concat(Enumerable.Repeat("BEG\n IN:VEVENT\n", 30_000)),
            "An iCalendar file with events is needed",
            "components in components"
        );
    }

    private static string Numbers(int count) => string.Join(',', Enumerable.Range(0, count));

    private static TestCaseData Case(string ics, string problem, string name) =>
        new TestCaseData(ics, problem).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Refused))]
    public void A_text_that_makes_no_sense_or_asks_for_too_much_is_refused(string ics, string expected)
    {
        Assert.That(IcsImport.Read(ics, Berlin, Today, out var problem), Is.Null);
        Assert.That(problem, Does.StartWith(expected).And.Length.LessThan(400));
    }

    [Test]
    public void Nonsense_is_refused_and_never_thrown([Range(1, 200)] int seed)
    {
        var chance = new Random(seed);
        var text = File(
                Event(
                    "DTSTART;TZID=Europe/Berlin:20260601T100000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=2MO,"
                        + "-1FR;UNTIL=20300101T000000Z\nEXDATE;TZID=Europe/Berlin:20260706T100000"
                )
            )
            .ToCharArray();
        for (var i = chance.Next(1, 6); i > 0; i--)
        {
            text[chance.Next(text.Length)] = "0123456789;:,=-TZ\n ABEND"[chance.Next(24)];
        }

        var days = IcsImport.Read(new string(text), Berlin, Today, out var problem);
        Assert.That(days is null, Is.EqualTo(problem is not null));
    }
}
