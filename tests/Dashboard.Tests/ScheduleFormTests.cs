using Microsoft.Playwright;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The forms, backfills, bulk acts, simulations and calendars of schedules, in a real browser.</summary>
public sealed class ScheduleFormTests
{
    private static readonly BrowserNewContextOptions InBerlin = new() { TimezoneId = "Europe/Berlin" };

    private TestBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ada", Roles.Admin);
        await _broker.AddUserAsync("ona", Roles.Operator);
        await _broker.AddUserAsync("vera", Roles.Viewer);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task A_schedule_is_made_with_its_instants_previewed_while_one_types()
    {
        var ns = await NewNamespaceAsync("make");
        await using var page = await OpenAsync("ada", $"ns/{ns}/schedules/-/new");
        await Control(page.Page, "Name").FillAsync("nightly");
        await Control(page.Page, "Cron expression").FillAsync("61 * * * *");
        var field = Field(page.Page, "Cron expression");
        await Expect(field.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Control(page.Page, "Cron expression").FillAsync("30 2 * * *");
        await Expect(field).ToContainTextAsync("every day at 02:30");
        await Control(page.Page, "Fires from").FillAsync("2027-03-27T00:00");
        await Control(page.Page, "Params").FillAsync("""{"full":true}""");
        await page.Page.GetByText("The clock is put forward by 1 h").WaitForAsync();
        await Expect(page.Page.Locator(".instants")).ToContainTextAsync("Sun 28 Mar 2027 03:00:00 +02:00");
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Make the schedule" }).ClickAsync();
        await Expect(Field(page.Page, "Method").GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Control(page.Page, "Method").FillAsync("db.backup");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Make the schedule" }).ClickAsync();
        await page.Page.GetByText("nightly is made.").WaitForAsync();
        var made = await _broker.In(ns).Schedules.GetAsync("nightly");
        Assert.Multiple(() =>
        {
            Assert.That((made.Trigger.Expression, made.Trigger.TimeZone), Is.EqualTo(("30 2 * * *", "Europe/Berlin")));
            Assert.That(made.StartAt, Is.EqualTo(new DateTimeOffset(2027, 3, 26, 23, 0, 0, TimeSpan.Zero)));
            Assert.That(made.Job.Params.ToString(), Is.EqualTo("""{"full":true}"""));
            Assert.That(made.Owner, Is.EqualTo("user:ada"));
            Assert.That(page.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task A_schedule_is_changed_unless_somebody_else_has_changed_it_meanwhile()
    {
        var ns = await NewNamespaceAsync("change");
        await AddAsync(ns, "nightly", "0 2 * * *");
        await _broker.In(ns).Schedules.PauseAsync("nightly", new PauseRequest("the disk"));
        await using var page = await OpenAsync("ada", $"ns/{ns}/schedules/nightly/edit");
        await Control(page.Page, "Kind of trigger").SelectOptionAsync("interval");
        await Control(page.Page, "Every").FillAsync("90 min");
        await AddAsync(ns, "nightly", "0 3 * * *");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Save as a new version" }).ClickAsync();
        await page.Page.GetByText("It was not saved").WaitForAsync();
        await page.GoAsync(_broker, $"ns/{ns}/schedules/nightly/edit");
        await _broker.In(ns).Schedules.PauseAsync("nightly", new PauseRequest("the disk"));
        await page.Page.ReloadAsync();
        await Control(page.Page, "Kind of trigger").SelectOptionAsync("interval");
        await Control(page.Page, "Every").FillAsync("90 min");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Save as a new version" }).ClickAsync();
        await page.Page.GetByText("nightly is saved.").WaitForAsync();
        var saved = await _broker.In(ns).Schedules.GetAsync("nightly");
        Assert.Multiple(() =>
        {
            Assert.That(saved.Trigger.Every, Is.EqualTo(TimeSpan.FromMinutes(90)));
            Assert.That((saved.Version, saved.Paused, saved.PauseNote), Is.EqualTo((3, true, "the disk")));
        });
    }

    [Test]
    public async Task Triggers_are_put_together_from_parts()
    {
        var ns = await NewNamespaceAsync("parts");
        await using var page = await OpenAsync("ada", $"ns/{ns}/schedules/-/new");
        await Control(page.Page, "Name").FillAsync("both");
        await Control(page.Page, "Method").FillAsync("db.backup");
        await Control(page.Page, "Kind of trigger").SelectOptionAsync("anyOf");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Add a trigger" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Add a trigger" }).ClickAsync();
        var second = page.Page.Locator(".parts fieldset").Nth(1);
        await Control(second, "Cron expression").FillAsync("nonsense");
        await Expect(second.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Control(second, "Cron expression").FillAsync("0 12 * * *");
        await Expect(page.Page.Locator(".instants")).ToContainTextAsync("12:00:00");
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Make the schedule" }).ClickAsync();
        await page.Page.GetByText("both is made.").WaitForAsync();
        var made = await _broker.In(ns).Schedules.GetAsync("both");
        Assert.That(
            made.Trigger.Triggers!.Select(part => part.Expression),
            Is.EqualTo(new[] { "0 2 * * *", "0 12 * * *" })
        );
    }

    [Test]
    public async Task Previews_do_not_use_up_the_requests_of_their_user()
    {
        await using var broker = await TestBroker.StartAsync(requestsPerMinute: 4);
        await broker.AddUserAsync("ada", Roles.Admin);
        await using var page = await BrowserPage.SignInAsync(broker, "ada", "ns/default/schedules/-/new");
        for (var minute = 10; minute < 20; minute++)
        {
            await Control(page.Page, "Cron expression").FillAsync($"{minute} 5 * * *");
            await Expect(page.Page.Locator(".instants")).ToContainTextAsync($"05:{minute}:00");
        }
    }

    [Test]
    public async Task Who_may_not_write_is_refused_by_rest_though_the_form_opens()
    {
        var ns = await NewNamespaceAsync("form-viewer");
        await using var page = await OpenAsync("ona", $"ns/{ns}/schedules/-/new");
        await Control(page.Page, "Name").FillAsync("mine");
        await Control(page.Page, "Method").FillAsync("db.backup");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Make the schedule" }).ClickAsync();
        await page.Page.GetByText("It was not saved").WaitForAsync();
        Assert.That((await _broker.In(ns).Schedules.ListAsync()).Items, Is.Empty);
    }

    [Test]
    public async Task A_backfill_is_counted_first_and_shows_its_progress()
    {
        var ns = await NewNamespaceAsync("backfill");
        await AddAsync(ns, "hourly", "0 * * * *");
        await using var page = await OpenAsync("ona", $"ns/{ns}/schedules/hourly?tab=backfill");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Count first" }).ClickAsync();
        await page.Page.GetByText("A date and a time are needed.").First.WaitForAsync();
        await Control(page.Page, "From").FillAsync("2025-06-01T00:00");
        await Control(page.Page, "To").FillAsync("2025-06-02T00:00");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Count first" }).ClickAsync();
        await page.Page.GetByText("24 jobs would be made").WaitForAsync();
        Assert.That((await _broker.In(ns).Jobs.ListAsync()).Items, Is.Empty);
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Make 24 jobs" }).ClickAsync();
        await page.Page.GetByText("24 jobs made, 0 had one already").WaitForAsync();
        await Expect(page.Page.Locator(".facts .chip")).ToHaveTextAsync("Finished");
        Assert.That((await _broker.In(ns).Jobs.ListAsync()).Items, Has.Count.EqualTo(24));
    }

    [Test]
    public async Task All_that_match_are_paused_and_resumed_after_a_count()
    {
        var ns = await NewNamespaceAsync("bulk");
        for (var number = 0; number < 6; number++)
        {
            await AddAsync(ns, $"nightly-{number}", "0 2 * * *");
        }

        await AddAsync(ns, "other", "0 2 * * *");
        await using var page = await OpenAsync("ona", $"ns/{ns}/schedules?q=nightly");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Pause all that match…" }).ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Why").FillAsync("the move");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Pause 6 schedules" }).ClickAsync();
        await page.Page.GetByText("6 schedules paused.").WaitForAsync();
        var paused = await _broker.In(ns).Schedules.ListAsync(new ScheduleFilter { State = ScheduleState.Paused });
        Assert.That(paused.Items.Select(schedule => schedule.PauseNote), Is.EqualTo(Enumerable.Repeat("the move", 6)));
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Resume all that match…" }).ClickAsync();
        await page.Page.GetByText("Their notes are lost").WaitForAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Resume 6 schedules" }).ClickAsync();
        await page.Page.GetByText("6 schedules resumed.").WaitForAsync();
        await using var viewer = await OpenAsync("vera", $"ns/{ns}/schedules");
        await viewer.Page.Locator("tbody tr").First.WaitForAsync();
        await Expect(viewer.Page.Locator(".acts-bar")).ToHaveCountAsync(0);
    }

    [Test]
    public async Task The_coming_weeks_and_a_day_of_them_are_shown()
    {
        var ns = await NewNamespaceAsync("weeks");
        await AddAsync(ns, "hourly", "0 * * * *");
        await using var page = await OpenAsync("vera", $"ns/{ns}/schedules/-/weeks?from=2027-03-22");
        await Expect(page.Page.Locator(".day")).ToHaveCountAsync(28);
        var day = page.Page.Locator(".day", new() { HasText = "28 Mar" });
        await Expect(day).ToContainTextAsync("23 starts");
        await day.ClickAsync();
        await page.Page.GetByText("Sunday, 28 March 2027: 23 starts").WaitForAsync();
        await Expect(page.Page.Locator("tbody tr")).ToContainTextAsync("hourly");
        Assert.That(page.Page.Url, Does.EndWith("weeks?from=2027-03-22&day=2027-03-28"));
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
    }

    [Test]
    public async Task A_simulation_shows_collisions_and_the_difference_to_what_is_saved()
    {
        var ns = await NewNamespaceAsync("simulate");
        var pinned = SceneSchedules.Cron("nightly", "0 2 * * *", "db.backup");
        await _broker.In(ns).Schedules.CreateAsync(pinned with { Job = pinned.Job with { Handler = "box" } });
        await using var page = await OpenAsync("vera", $"ns/{ns}/schedules/-/simulate");
        await page.Page.GetByText("No collision").WaitForAsync();
        await Control(page.Page, "Schedules that are not saved").FillAsync("{");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Simulate" }).ClickAsync();
        await page.Page.GetByText("This is no JSON").WaitForAsync();
        await Control(page.Page, "Schedules that are not saved")
            .FillAsync(
                """
                {
                  "name": "second",
                  "trigger": { "kind": "cron", "expression": "0 * * * *", "timeZone": "Europe/Berlin" },
                  "job": { "method": "db.backup", "handler": "box" }
                }
                """
            );
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Simulate" }).ClickAsync();
        await page.Page.GetByText("Difference to what is saved").WaitForAsync();
        await Expect(page.Page.Locator(".table-frame[aria-label=Differences]")).ToContainTextAsync("second");
        await Expect(page.Page.Locator(".table-frame[aria-label=Collisions]")).ToContainTextAsync("handler box");
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        Assert.That((await _broker.In(ns).Schedules.ListAsync()).Items, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_calendar_is_made_changed_and_deleted()
    {
        var ns = await NewNamespaceAsync("calendars");
        await using var page = await OpenAsync("ada", $"ns/{ns}/calendars/-/new");
        await Control(page.Page, "Name").FillAsync("holidays");
        await page.Page.GetByLabel("Saturday").CheckAsync();
        await Control(page.Page, "Single days and ranges").FillAsync("2026-10-03\nsoon");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Make the calendar" }).ClickAsync();
        await page.Page.GetByText("Line 2 is neither").WaitForAsync();
        await Control(page.Page, "Single days and ranges").FillAsync("2026-10-03\n2026-12-24 to 2027-01-01");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Make the calendar" }).ClickAsync();
        await page.Page.GetByText("holidays is made.").WaitForAsync();
        await Expect(page.Page.Locator("tbody")).ToContainTextAsync("1 date, 1 range, Saturday");
        await AddAsync(ns, "nightly", "0 2 * * *", calendar: "holidays");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "holidays", Exact = true }).ClickAsync();
        await page.Page.GetByText("It holds at once for 1 schedule").WaitForAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await page.Page.GetByText("so the Broker will refuse").WaitForAsync();
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await _broker.In(ns).Schedules.DeleteAsync("nightly");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Delete holidays" }).ClickAsync();
        await page.Page.GetByText("holidays is deleted.").WaitForAsync();
        Assert.That((await _broker.In(ns).Calendars.ListAsync()).Items, Is.Empty);
        await using var viewer = await OpenAsync("vera", $"ns/{ns}/calendars");
        await viewer.Page.GetByText("There is no calendar here").WaitForAsync();
        await Expect(viewer.Page.GetByText("New calendar")).ToHaveCountAsync(0);
        using var vera = await _broker.SignInAsync("vera", ns);
        Assert.That(
            async () => await vera.Calendars.CreateAsync(new CalendarRequest { Name = "x" }),
            Throws.TypeOf<ScheduleZeroException>().With.Property("Code").EqualTo("forbidden")
        );
    }

    [Test]
    public async Task Schedules_that_run_offline_stand_with_the_state_of_their_copies()
    {
        var ns = await NewNamespaceAsync("offline");
        var schedule = SceneSchedules.Cron("lift-log", "*/30 * * * *", "lift.log");
        await _broker
            .In(ns)
            .Schedules.CreateAsync(
                schedule with
                {
                    Offline = OfflinePolicy.Run,
                    Job = schedule.Job with { Handler = "box" },
                }
            );
        await AddAsync(ns, "other", "0 2 * * *");
        await using var page = await OpenAsync("vera", $"ns/{ns}/schedules/-/offline");
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Page.Locator("tbody tr")).ToContainTextAsync("none yet");
        await Expect(page.Page.Locator("tbody tr")).ToContainTextAsync("the Broker");
    }

    // The name of a field is not the whole text of its label, which has the help too.
    private static string FieldOf(string label) => $"label.field:has(> span:text-is(\"{label}\"))";

    private static ILocator Field(IPage page, string label) => page.Locator(FieldOf(label));

    private static ILocator Control(IPage page, string label) => Field(page, label).Locator("input, select, textarea");

    private static ILocator Control(ILocator part, string label) =>
        part.Locator(FieldOf(label)).Locator("input, select, textarea");

    private Task<BrowserPage> OpenAsync(string userName, string path) =>
        BrowserPage.SignInAsync(_broker, userName, path, InBerlin);

    private async Task<string> NewNamespaceAsync(string name)
    {
        await _broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = name });
        return name;
    }

    private Task AddAsync(string ns, string name, string expression, string? calendar = null) =>
        _broker
            .In(ns)
            .Schedules.PutAsync(
                SceneSchedules.Cron(name, expression, "db.backup") with
                {
                    ExcludeCalendars = calendar is null ? null : [calendar],
                }
            );
}
