using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.Calendars;
using ScheduleZero.Dashboard.Pages.Schedules;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>What somebody types into the forms of schedules and calendars, as REST gets it.</summary>
public sealed class ScheduleDraftTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly TriggerRequest[] Triggers =
    [
        new()
        {
            Kind = TriggerKinds.Cron,
            Expression = "15 2 * * *",
            TimeZone = "Europe/Berlin",
        },
        new() { Kind = TriggerKinds.Interval, Every = new TimeSpan(1, 2, 3, 4) },
        new()
        {
            Kind = TriggerKinds.Interval,
            Every = TimeSpan.FromMinutes(90),
            StartAt = Noon,
        },
        new()
        {
            Kind = TriggerKinds.CalendarInterval,
            Months = 2,
            TimeOfDay = "02:30",
            TimeZone = "UTC",
        },
        new()
        {
            Kind = TriggerKinds.CalendarInterval,
            Weeks = 3,
            TimeOfDay = "02:30:15",
            TimeZone = "Asia/Tokyo",
            StartOn = new DateOnly(2026, 1, 31),
        },
        new()
        {
            Kind = TriggerKinds.CalendarInterval,
            Days = 10,
            TimeOfDay = "23:59",
            TimeZone = "UTC",
        },
        new() { Kind = TriggerKinds.Once, At = Noon },
    ];

    [TestCaseSource(nameof(Triggers))]
    public void A_trigger_that_is_shown_and_saved_again_is_the_same(TriggerRequest trigger)
    {
        var errors = new FieldErrors();
        Assert.That(TriggerDraft.Of(trigger, Berlin).Read("trigger", Berlin, errors), Is.EqualTo(trigger));
        Assert.That(errors.IsEmpty, Is.True);
    }

    [Test]
    public void Triggers_within_triggers_stay_in_their_places()
    {
        var inner = new TriggerRequest { Kind = TriggerKinds.AllOf, Triggers = [Triggers[0], Triggers[6]] };
        var outer = new TriggerRequest { Kind = TriggerKinds.AnyOf, Triggers = [Triggers[1], inner] };
        var draft = TriggerDraft.Of(outer, Berlin);
        var read = draft.Read("trigger", Berlin, new FieldErrors());
        Assert.Multiple(() =>
        {
            Assert.That(draft.Count, Is.EqualTo(5));
            Assert.That(read.Triggers![0], Is.EqualTo(Triggers[1]));
            Assert.That(read.Triggers![1].Triggers, Is.EqualTo(inner.Triggers));
        });
    }

    [Test]
    public void What_cannot_be_read_is_named_as_rest_would_name_it()
    {
        var draft = new TriggerDraft { Kind = TriggerKinds.AnyOf };
        draft.Parts.Add(new TriggerDraft { Kind = TriggerKinds.Interval, Every = "soon" });
        draft.Parts.Add(new TriggerDraft { Kind = TriggerKinds.Once });
        draft.Parts.Add(
            new TriggerDraft
            {
                Kind = TriggerKinds.CalendarInterval,
                Number = "x",
                StartOn = "y",
            }
        );
        draft.Parts.Add(new TriggerDraft { Kind = TriggerKinds.Interval, StartAt = "2026-03-29T02:30" });
        var errors = new FieldErrors();
        draft.Read("trigger", Berlin, errors);
        Assert.That(
            errors.All().Select(sentence => sentence.Split(": ")[0]),
            Is.EqualTo(
                new[]
                {
                    "trigger.triggers[0].every",
                    "trigger.triggers[1].at",
                    "trigger.triggers[2].months",
                    "trigger.triggers[2].startOn",
                    "trigger.triggers[3].startAt",
                }
            )
        );
        Assert.That(errors.Below("trigger.triggers"), Does.StartWith("[0].every: A duration is needed"));
        Assert.That(errors.Of("trigger.triggers[1].at"), Is.EqualTo("A date and a time are needed."));
        Assert.That(errors.Below("trig"), Is.Null);
    }

    [Test]
    public void Every_option_of_a_schedule_survives_the_form()
    {
        var view = Full();
        var errors = new FieldErrors();
        var read = ScheduleDraft.Of(view, Berlin).Read(Berlin, errors);
        Assert.Multiple(() =>
        {
            Assert.That(errors.All(), Is.Empty);
            Assert.That((read.Name, read.Trigger), Is.EqualTo((view.Name, view.Trigger)));
            Assert.That(
                (read.Misfire, read.Overlap, read.Offline),
                Is.EqualTo((view.Misfire, view.Overlap, view.Offline))
            );
            Assert.That((read.CatchUpWindow, read.Jitter), Is.EqualTo((view.CatchUpWindow, view.Jitter)));
            Assert.That(
                (read.StartAt, read.EndAt, read.MaxOccurrences),
                Is.EqualTo((view.StartAt, view.EndAt, view.MaxOccurrences))
            );
            Assert.That(read.ExcludeCalendars, Is.EqualTo(view.ExcludeCalendars));
            Assert.That(read.Owner, Is.EqualTo(view.Owner));
            Assert.That(read.Job.Tags, Is.EqualTo(view.Job.Tags));
            Assert.That(RawJson.Parse(read.Job.Params.ToString()).To<int[]>(), Is.EqualTo(new[] { 1, 2 }));
            Assert.That(
                read.Job with
                {
                    Tags = null,
                    Params = default,
                },
                Is.EqualTo(view.Job with { Tags = null, Params = default })
            );
        });
    }

    [Test]
    public void Params_that_are_too_long_for_a_field_stay_as_they_are()
    {
        var json = RawJson.Parse($"\"{new string('x', JsonText.TypedMax + 1)}\"");
        var draft = JobDraft.Of(new JobRequest { Method = "m", Params = json });
        Assert.That((draft.HasLongParams, draft.Params), Is.EqualTo((true, "")));
        Assert.That(draft.Read(new FieldErrors()).Params, Is.EqualTo(json));
    }

    [Test]
    public void A_preview_is_asked_only_for_what_can_be_read()
    {
        var draft = new ScheduleDraft { StartAt = "2027-01-01T00:00", EndAt = "2027-01-02T00:00" };
        draft.Calendars.Add("holidays");
        var request = draft.ReadPreview(TimeZoneInfo.Utc, 7, Noon, new FieldErrors())!;
        Assert.Multiple(() =>
        {
            Assert.That((request.Count, request.From?.Year), Is.EqualTo((7, 2027)));
            Assert.That(request.To, Is.EqualTo(new DateTimeOffset(2027, 1, 2, 0, 0, 0, default).AddTicks(1)));
            Assert.That(request.ExcludeCalendars, Is.EqualTo(new[] { "holidays" }));
        });
        draft.Trigger.Kind = TriggerKinds.Once;
        Assert.That(draft.ReadPreview(TimeZoneInfo.Utc, 7, Noon, new FieldErrors()), Is.Null);
    }

    [TestCase("", null)]
    [TestCase("90 s", 90)]
    [TestCase("90", -1)]
    [TestCase("15min", 900)]
    [TestCase("15 m", 900)]
    [TestCase("2 h 30 min", 9000)]
    [TestCase("1d2H3Min4S", 93784)]
    [TestCase("1 w", 604800)]
    [TestCase("0.5 s", 0.5)]
    [TestCase("PT5M", 300)]
    [TestCase("P1M", -1)]
    [TestCase("-5 s", -1)]
    [TestCase("5 s soon", -1)]
    [TestCase("999999999999 w", -1)]
    public void Durations_are_read_as_people_write_them(string text, double? seconds)
    {
        var isRead = DurationText.TryRead(text, out var duration, out var problem);
        Assert.Multiple(() =>
        {
            Assert.That(isRead, Is.EqualTo(seconds is not -1));
            Assert.That(duration?.TotalSeconds, Is.EqualTo(seconds is -1 ? null : seconds));
            Assert.That(problem is null, Is.EqualTo(isRead));
        });
    }

    [Test]
    public void A_calendar_that_is_shown_and_saved_again_is_the_same()
    {
        var view = new CalendarView
        {
            Name = "holidays",
            Namespace = "default",
            Version = 1,
            Description = "Days off",
            TimeZone = "Europe/Berlin",
            Dates = [new DateOnly(2026, 10, 3)],
            Ranges = [new DateRange(new DateOnly(2026, 12, 24), new DateOnly(2027, 1, 1))],
            Weekdays = [DayOfWeek.Sunday, DayOfWeek.Saturday],
            CreatedAt = Noon,
            ChangedAt = Noon,
            CreatedBy = "user:ana",
            ChangedBy = "user:ana",
        };
        var draft = CalendarDraft.Of(view);
        var read = draft.Read(new FieldErrors());
        Assert.Multiple(() =>
        {
            Assert.That(draft.Days, Is.EqualTo("2026-10-03\n2026-12-24 to 2027-01-01\n"));
            Assert.That(
                (read.Name, read.Description, read.TimeZone, read.Ics),
                Is.EqualTo(("holidays", "Days off", "Europe/Berlin", (string?)null))
            );
            Assert.That((read.Dates, read.Ranges, read.Weekdays), Is.EqualTo((view.Dates, view.Ranges, view.Weekdays)));
            Assert.That(CalendarText.DaysOf(view), Is.EqualTo("1 date, 1 range, Sunday, Saturday"));
        });
    }

    [TestCase("2026-02-30")]
    [TestCase("2026-01-01 to")]
    [TestCase("2026-01-01 to 2026-01-02 to 2026-01-03")]
    [TestCase("<b>x</b>")]
    public void A_line_that_is_no_day_is_named_by_its_number(string line)
    {
        var errors = new FieldErrors();
        new CalendarDraft { Days = $"2026-01-01\r\n\r\n{line}" }.Read(errors);
        Assert.That(errors.Of("days"), Does.StartWith("Line 3 is neither"));
    }

    [TestCase("", 0, null)]
    [TestCase("""{"name":"a","trigger":{"kind":"cron"},"job":{"method":"m"}}""", 1, null)]
    [TestCase("""[{"name":"a","trigger":{"kind":"cron"},"job":{"method":"m"}}]""", 1, null)]
    [TestCase("""{"schedules":[]}""", 0, null)]
    [TestCase("""[null]""", 0, "This is no schedule")]
    [TestCase("""{"nam":"a"}""", 0, "This is no schedule")]
    [TestCase("5", 0, "This is no schedule")]
    [TestCase("{", 0, "This is no JSON")]
    public void Schedules_that_are_pasted_are_read(string text, int count, string? problem)
    {
        var errors = new FieldErrors();
        var read = UnsavedSchedules.Read(text, errors);
        Assert.That(read?.Count ?? 0, Is.EqualTo(count));
        Assert.That(errors.Of("schedules"), problem is null ? Is.Null : Does.StartWith(problem));
    }

    [Test]
    public void Hours_of_a_simulation_fall_on_the_days_of_the_readers_clock()
    {
        // The clock of Berlin shows 2 to 3 h twice on 25 October 2026.
        var first = new DateOnly(2026, 10, 24);
        var begin = WeekDays.BeginOf(first, Berlin);
        var days = WeekDays.Of(Simulation(begin, [.. Enumerable.Repeat(1L, 49)]), first, 2, Berlin);
        Assert.Multiple(() =>
        {
            Assert.That(begin, Is.EqualTo(new DateTimeOffset(2026, 10, 23, 22, 0, 0, TimeSpan.Zero)));
            Assert.That(days.Select(day => day.Starts), Is.EqualTo(new[] { 24L, 25L }));
            Assert.That(days[1].Hours[2], Is.EqualTo(2));
            Assert.That(days[1].LevelOf(2, 2), Is.EqualTo(4));
            Assert.That(days[1].LevelOf(3, 2), Is.EqualTo(2));
            Assert.That(WeekDays.MondayOf(new DateOnly(2026, 10, 25)), Is.EqualTo(new DateOnly(2026, 10, 19)));
            Assert.That(WeekDays.MondayOf(new DateOnly(2026, 10, 19)), Is.EqualTo(new DateOnly(2026, 10, 19)));
        });
    }

    private static SimulationAnswer Simulation(DateTimeOffset from, IReadOnlyList<long> hours) =>
        new()
        {
            From = from,
            To = from.AddHours(hours.Count),
            Until = from.AddHours(hours.Count),
            ScheduleCount = 1,
            Starts = hours.Sum(),
            Schedules = [],
            Hours = hours,
            HoursOfDay = [],
            Peaks = [],
            CollisionCount = 0,
            Collisions = [],
            ClockChanges = [],
            DifferenceCount = 0,
            Differences = [],
        };

    private static ScheduleView Full() =>
        new()
        {
            Name = "full",
            Namespace = "default",
            Version = 4,
            Trigger = Triggers[0],
            Job = new JobRequest
            {
                Method = "m",
                Params = RawJson.Parse("[1,2]"),
                Handler = "box",
                Priority = -5,
                Timeout = TimeSpan.FromMinutes(90),
                Retry = new RetryOptions
                {
                    MaxAttempts = 7,
                    Backoff = BackoffKind.Linear,
                    FirstDelay = TimeSpan.FromSeconds(1.5),
                    MaxDelay = TimeSpan.FromDays(1),
                    Jitter = 0.25,
                },
                Concurrency = new ConcurrencyOptions("db", 3),
                RateLimit = new RateLimitOptions("api", 100, TimeSpan.FromMinutes(1)),
                Tags = ["a", "b"],
            },
            Misfire = MisfirePolicy.All,
            CatchUpWindow = TimeSpan.FromDays(2),
            Overlap = OverlapPolicy.CancelPrevious,
            Jitter = TimeSpan.FromSeconds(30),
            StartAt = Noon,
            EndAt = Noon.AddYears(1),
            MaxOccurrences = 1_000_000_000_000,
            ExcludeCalendars = ["holidays", "weekends"],
            Offline = OfflinePolicy.Run,
            Paused = false,
            Occurrences = 0,
            Missed = 0,
            CreatedAt = Noon,
            ChangedAt = Noon,
            CreatedBy = "user:ana",
            Owner = "user:ben",
        };
}
