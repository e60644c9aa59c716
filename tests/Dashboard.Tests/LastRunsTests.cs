using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.Schedules;
using ScheduleZero.Dashboard.Words;
using ScheduleZero.HandlerAgent;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The picture of a schedule's newest jobs.</summary>
public sealed class LastRunsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 10, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Bars_stand_for_the_jobs_that_ended_the_oldest_first()
    {
        var bars = RunBars.Of(
            [
                Job(JobState.Running, Noon, end: null),
                Job(JobState.Failed, Noon, Noon.AddSeconds(90)),
                Job(JobState.Expired, start: null, Noon),
                Job(JobState.Succeeded, Noon, Noon.AddSeconds(2)),
            ],
            new TimeText(TimeZoneInfo.Utc, Noon)
        );
        Assert.Multiple(() =>
        {
            Assert.That(
                bars.Select(bar => (bar.Good, bar.Bad)),
                Is.EqualTo(new[] { (2_000L, 0L), (0L, 1L), (0L, 90_000L) })
            );
            Assert.That(bars[^1].Words, Does.EndWith("failed after 1 min 30 s"));
            Assert.That(RunBars.TopWords(bars), Is.EqualTo("1 min 30 s"));
            Assert.That(RunBars.TopWords([]), Is.Empty);
        });
    }

    [Test]
    public async Task A_schedule_shows_its_last_jobs_to_those_who_may_read_jobs_and_adds_each_that_ends()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("vera", Roles.Viewer);
        await broker.Admin.Roles.CreateAsync(
            new RoleRequest { Name = "planner", Rules = [new RoleRule { Permissions = ["schedules:read"] }] }
        );
        await broker.AddUserAsync("paul", "planner", "default");
        await using var fleet = await TestFleet.StartAsync(broker);
        var schedules = broker.Admin.Schedules;
        await schedules.CreateAsync(SceneSchedules.Cron("nightly", "0 2 * * *", "db.backup"));
        await schedules.TriggerAsync("nightly");
        await using var page = await BrowserPage.SignInAsync(broker, "vera", "ns/default/schedules/nightly");
        await page.Page.GetByText("None has ended yet").WaitForAsync();
        await fleet.AddHandlerAsync(
            "office-1",
            agent =>
                agent.Handle<object>(
                    "db.backup",
                    (_, _) => throw new JobFailedException("disk", "disk quota exceeded", retryable: false)
                )
        );
        var bars = page.Page.Locator("section[aria-label^='Last jobs'] .chart g .bad");
        await Expect(bars).ToHaveCountAsync(1);
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        Assert.That(page.Complaints, Is.Empty);

        await using var planner = await BrowserPage.SignInAsync(broker, "paul", "ns/default/schedules/nightly");
        await planner.Page.GetByText("Next instants").WaitForAsync();
        await Expect(planner.Page.Locator("section[aria-label^='Last jobs']")).ToHaveCountAsync(0);
        Assert.That(planner.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_schedule_that_has_no_next_instant_has_a_page()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("vera", Roles.Viewer);
        await broker.Admin.Schedules.CreateAsync(
            SceneSchedules.Cron("short", "0 2 * * *", "db.backup") with
            {
                Trigger = new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(1) },
                MaxOccurrences = 1,
            }
        );
        await using var page = await BrowserPage.SignInAsync(broker, "vera", "ns/default/schedules/short");
        await Expect(page.Page.Locator(".title .chip").First).ToHaveTextAsync("Ended");
        await page.Page.GetByText("None has ended yet").WaitForAsync();
        Assert.That(page.Complaints, Is.Empty);
    }

    private static JobView Job(JobState state, DateTimeOffset? start, DateTimeOffset? end) =>
        new()
        {
            Id = new JobId(Guid.CreateVersion7()),
            Namespace = "default",
            State = state,
            Method = "db.backup",
            Attempts = 1,
            Priority = 0,
            Retry = new RetryOptions(),
            Timeout = TimeSpan.FromHours(1),
            EnqueuedAt = Noon,
            RunAt = Noon,
            StartedAt = start,
            FinishedAt = end,
            CreatedBy = "user:ana",
        };
}
