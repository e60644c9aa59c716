using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The schedules and calendars of the scene.</summary>
internal static class SceneSchedules
{
    private const string Zone = "Europe/Berlin";

    public static async Task AddAsync(TestBroker broker)
    {
        var schedules = broker.Admin.Schedules;
        await broker.Admin.Calendars.CreateAsync(
            new CalendarRequest
            {
                Name = "holidays",
                Description = "Days on which the office is closed",
                TimeZone = Zone,
                Dates = [new DateOnly(2027, 5, 1)],
                Ranges = [new DateRange(new DateOnly(2026, 12, 24), new DateOnly(2027, 1, 1))],
                Weekdays = [DayOfWeek.Saturday, DayOfWeek.Sunday],
            }
        );
        await schedules.CreateAsync(Cron("every-5-min", "*/5 * * * *", "mail.send"));
        await schedules.CreateAsync(Cron("sync-stores", "0 * * * *", "invoices.make"));
        await schedules.CreateAsync(Cron("backup-berlin", "10 * * * *", "invoices.make"));
        await schedules.CreateAsync(
            Cron("month-end", "0 18 L * *", "invoices.make") with
            {
                Jitter = TimeSpan.FromMinutes(5),
            }
        );
        await schedules.CreateAsync(Cron("weekday-digest", "30 7 * * MON-FRI", "mail.send"));
        await schedules.CreateAsync(Cron("old-import", "0 4 * * *", "stores.sync"));
        await schedules.PauseAsync(
            "old-import",
            new PauseRequest(
                "The disk of the old server is being changed",
                new DateTimeOffset(2090, 1, 1, 6, 0, 0, default)
            )
        );
        await schedules.CreateAsync(
            Cron("every-second", "* * * * * *", "invoices.make") with
            {
                Overlap = OverlapPolicy.Skip,
                MaxOccurrences = 3,
            }
        );
        await schedules.CreateAsync(
            Cron("tape-robot", "*/20 * * * * *", "films.encode") with
            {
                Overlap = OverlapPolicy.Skip,
            }
        );
        await schedules.CreateAsync(
            Cron("any-of", "0 2 * * *", "invoices.make") with
            {
                Trigger = new TriggerRequest
                {
                    Kind = TriggerKinds.AnyOf,
                    Triggers =
                    [
                        new TriggerRequest
                        {
                            Kind = TriggerKinds.Cron,
                            Expression = "0 0 1,15 * *",
                            TimeZone = Zone,
                        },
                        new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromHours(36) },
                    ],
                },
            }
        );
        await schedules.CreateAsync(
            Cron("lift-log", "*/30 * * * *", "stores.sync") with
            {
                Offline = OfflinePolicy.Run,
                Job = new JobRequest { Method = "stores.sync", Handler = "office-2" },
            }
        );
        var nightly = Cron("nightly-report", "15 2 * * *", "reports.render");
        await schedules.CreateAsync(nightly);
        await schedules.PutAsync(
            nightly with
            {
                Overlap = OverlapPolicy.Skip,
                ExcludeCalendars = ["holidays"],
                Job = nightly.Job with { Params = RawJson.Parse("""{"days":30,"format":"pdf","to":["ana","ben"]}""") },
            }
        );
    }

    public static ScheduleRequest Cron(string name, string expression, string method) =>
        new()
        {
            Name = name,
            Trigger = new TriggerRequest
            {
                Kind = TriggerKinds.Cron,
                Expression = expression,
                TimeZone = Zone,
            },
            Job = new JobRequest { Method = method },
        };
}
