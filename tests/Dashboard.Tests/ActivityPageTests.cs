using Microsoft.Playwright;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.Activity;
using ScheduleZero.HandlerAgent;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The page of events, in a real browser.</summary>
public sealed class ActivityPageTests
{
    private const string FitsWindow = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";

    private const string Hostile =
        "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">\u001b[31m\u202Egnp.exe";

    private static readonly TimeSpan Wait = TimeSpan.FromMinutes(1);

    private TestBroker _broker = null!;
    private TestFleet _fleet = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("vera", Roles.Viewer);
        _fleet = await TestFleet.StartAsync(_broker);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _fleet.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task What_happened_before_is_there_and_what_happens_appears_on_top()
    {
        var ns = await NewNamespaceAsync("live");
        await AddHandlerAsync(ns, $"office-{ns}");
        var job = await _broker.In(ns).Jobs.EnqueueAndWaitAsync(new JobRequest { Method = "mail.send" }, Wait);
        await using var page = await OpenAsync($"ns/{ns}/activity");
        await Expect(Rows(page).First).ToContainTextAsync("job succeeded");
        await Expect(Rows(page).Last).ToContainTextAsync("handler");
        await Expect(page.Page.GetByText("what happened before is not held here")).ToBeVisibleAsync();
        await Expect(Rows(page).First.GetByRole(AriaRole.Link).First)
            .ToHaveAttributeAsync("href", $"ns/{ns}/jobs/{job.Id}");
        await _broker.In(ns).Calendars.CreateAsync(new CalendarRequest { Name = "holidays" });
        await Expect(Rows(page).First).ToContainTextAsync("calendar saved");
        await Expect(page.Page.Locator("nav.main-nav a[aria-current='page']")).ToHaveTextAsync("Activity");
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Filters_stand_in_the_address_and_choose_by_type_schedule_and_job()
    {
        var ns = await NewNamespaceAsync("filters");
        await AddHandlerAsync(ns, $"office-{ns}");
        await _broker.In(ns).Schedules.CreateAsync(SceneSchedules.Cron("nightly", "0 2 * * *", "mail.send"));
        var run = await _broker.In(ns).Schedules.TriggerAsync("nightly");
        var other = await _broker.In(ns).Jobs.EnqueueAndWaitAsync(new JobRequest { Method = "mail.send" }, Wait);
        await using var page = await OpenAsync($"ns/{ns}/activity");
        await page.Page.GetByLabel("Event", new() { Exact = true }).SelectOptionAsync("job.enqueued");
        await page.Page.GetByLabel("Schedule").FillAsync(" nightly ");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Filter" }).ClickAsync();
        await Expect(Rows(page)).ToHaveCountAsync(1);
        Assert.That(page.Page.Url, Does.EndWith($"/ui/ns/{ns}/activity?type=job.enqueued&schedule=nightly"));
        await Expect(Rows(page).First.GetByRole(AriaRole.Link).First)
            .ToHaveAttributeAsync("href", $"ns/{ns}/jobs/{run.Id}");
        await page.Page.ReloadAsync();
        await Expect(page.Page.GetByLabel("Event", new() { Exact = true })).ToHaveValueAsync("job.enqueued");
        await Expect(Rows(page)).ToHaveCountAsync(1);
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Schedules", Exact = true }).Last.ClickAsync();
        await Expect(Rows(page).Filter(new() { HasText = "schedule saved" })).ToHaveCountAsync(1);
        await page.GoAsync(_broker, $"ns/{ns}/activity?job={other.Id}&type=job");
        await Expect(Rows(page).First).ToContainTextAsync("job succeeded");
        await Expect(Rows(page).Filter(new() { HasText = "nightly" })).ToHaveCountAsync(0);
        await page.GoAsync(_broker, $"ns/{ns}/activity?method=no.such");
        await page.Page.GetByText("Nothing of this kind has happened").WaitForAsync();
        await page.GoAsync(_broker, $"ns/{ns}/activity?job=1");
        await page.Page.GetByText("This is no job's id").WaitForAsync();
        await page.GoAsync(_broker, $"ns/{ns}/activity?type=nonsense");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("A kind (job, schedule");
    }

    [Test]
    public async Task A_held_page_stays_as_it_is_and_then_says_how_many_were_left_out()
    {
        var ns = await NewNamespaceAsync("held");
        await using var page = await OpenAsync($"ns/{ns}/activity");
        await page.Page.GetByText("Nothing has happened yet").WaitForAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Hold" }).ClickAsync();
        await page.Page.GetByText("held since").WaitForAsync();
        await _broker
            .In(ns)
            .Jobs.EnqueueBatchAsync([.. Enumerable.Range(0, 600).Select(_ => new JobRequest { Method = "later" })]);
        await using (var second = await OpenAsync($"ns/{ns}/activity"))
        {
            await Expect(Rows(second)).ToHaveCountAsync(ActivityPage.RowsMax);
        }

        await Expect(page.Page.GetByText("Nothing has happened yet")).ToBeVisibleAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Follow" }).ClickAsync();
        await Expect(Rows(page)).ToHaveCountAsync(ActivityPage.RowsMax);
        await page.Page.GetByText("left out: more came at once").WaitForAsync();
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Hostile_words_of_a_handler_stay_text_and_fit_the_window([Values(1366, 390)] int width)
    {
        var ns = await NewNamespaceAsync($"hostile-{width}");
        await AddHandlerAsync(ns, $"evil-{ns}");
        await _broker.In(ns).Jobs.EnqueueAndWaitAsync(new JobRequest { Method = "evil.do" }, Wait);
        var options = new BrowserNewContextOptions
        {
            ViewportSize = new() { Width = width, Height = 800 },
        };
        await using var page = await BrowserPage.SignInAsync(
            _broker,
            "vera",
            $"ns/{ns}/activity?type=job.failed",
            options
        );
        await page.ReadyAsync();
        await Expect(Rows(page)).ToContainTextAsync(["<script>"]);
        var text = await page.Page.Locator("main").InnerTextAsync();
        var title = await page.Page.Locator("td .cut.long").GetAttributeAsync("title");
        Assert.Multiple(() =>
        {
            Assert.That((text + title).IndexOfAny(['\u001b', '\u202e']), Is.EqualTo(-1));
            Assert.That(title, Has.Length.LessThan(1_000));
            Assert.That(page.Complaints, Is.Empty);
        });
        Assert.That(await page.Page.Locator("main script, main img").CountAsync(), Is.Zero);
        Assert.That(await page.Page.EvaluateAsync<bool>(FitsWindow), Is.True);
        Assert.That(await page.Page.TitleAsync(), Does.StartWith("Activity"));
    }

    [Test]
    public async Task Who_may_not_read_the_events_is_not_offered_them_and_sees_none()
    {
        var ns = await NewNamespaceAsync("closed");
        await _broker.In(ns).Calendars.CreateAsync(new CalendarRequest { Name = "secret-days" });
        await _broker.AddUserAsync("tom", Roles.Admin, "default");
        await _broker.Admin.Roles.CreateAsync(
            new RoleRequest
            {
                Name = "limited",
                Rules = [new RoleRule { Permissions = ["events:read", "handlers:read"], Names = ["office-*"] }],
            }
        );
        await _broker.AddUserAsync("lena", "limited", ns);
        foreach (var (user, words) in new[] { ("tom", "not open to you"), ("lena", "Your roles do not open this") })
        {
            await using var page = await BrowserPage.SignInAsync(_broker, user, $"ns/{ns}/activity");
            await page.Page.GetByText(words).First.WaitForAsync();
            await Expect(Rows(page)).ToHaveCountAsync(0);
            await Expect(page.Page.Locator("nav.main-nav").GetByText("Activity")).ToHaveCountAsync(0);
        }
    }

    [Test]
    public async Task A_namespace_that_takes_the_name_of_a_deleted_one_sees_nothing_of_it()
    {
        var ns = await NewNamespaceAsync("again");
        await _broker.In(ns).Calendars.CreateAsync(new CalendarRequest { Name = "secret-days" });
        await _broker.Admin.Namespaces.DeleteAsync(ns);
        while (!await TryMakeAsync(ns))
        {
            await Task.Yield();
        }

        await _broker.In(ns).Calendars.CreateAsync(new CalendarRequest { Name = "own-days" });
        await using var page = await OpenAsync($"ns/{ns}/activity");
        await Expect(Rows(page)).ToContainTextAsync(["own-days"]);
        await Expect(Rows(page)).ToHaveCountAsync(1);
    }

    // The name is free once the store has deleted everything.
    private async Task<bool> TryMakeAsync(string ns)
    {
        try
        {
            await NewNamespaceAsync(ns);
            return true;
        }
        catch (ScheduleZeroException e) when (e.Code == ErrorCodes.Conflict)
        {
            return false;
        }
    }

    private static ILocator Rows(BrowserPage page) => page.Page.Locator("tbody tr");

    private async Task<BrowserPage> OpenAsync(string path)
    {
        var page = await BrowserPage.SignInAsync(_broker, "vera", path);
        await page.ReadyAsync();
        return page;
    }

    private Task AddHandlerAsync(string ns, string name) =>
        _fleet.AddHandlerAsync(
            name,
            agent =>
                agent
                    .Handle<object>("mail.send", (_, _) => Task.CompletedTask)
                    .Handle<object>(
                        "evil.do",
                        (_, _) =>
                            throw new JobFailedException("evil", Hostile + new string('w', 3_000), retryable: false)
                    ),
            ns: ns
        );

    private async Task<string> NewNamespaceAsync(string name)
    {
        await _broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = name });
        return name;
    }
}
