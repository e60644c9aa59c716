using Microsoft.Playwright;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The list of schedules and the page of one, in a real browser.</summary>
public sealed class SchedulesPageTests
{
    private const string FitsWindow = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";

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
    public async Task The_list_is_in_order_of_the_next_instant_and_filters_stand_in_the_address()
    {
        var ns = await NewNamespaceAsync("order");
        await AddAsync(ns, "a-yearly", "0 0 1 1 *");
        await AddAsync(ns, "b-second", "* * * * * *");
        await AddAsync(ns, "c-paused", "@daily");
        await _broker.In(ns).Schedules.PauseAsync("c-paused");
        await using var page = await OpenAsync("vera", $"ns/{ns}/schedules");
        await Expect(Names(page)).ToHaveTextAsync(["b-second", "a-yearly", "c-paused"]);
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Schedule, sort by name" }).ClickAsync();
        await Expect(Names(page)).ToHaveTextAsync(["a-yearly", "b-second", "c-paused"]);
        await page.Page.GetByLabel("Text in name, method, owner or note").FillAsync("year");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Filter", Exact = true }).ClickAsync();
        await Expect(Names(page)).ToHaveTextAsync(["a-yearly"]);
        Assert.That(page.Page.Url, Does.EndWith($"/ui/ns/{ns}/schedules?q=year&order=name"));
        await page.Page.ReloadAsync();
        await Expect(Names(page)).ToHaveTextAsync(["a-yearly"]);
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Paused", Exact = true }).ClickAsync();
        await page.Page.GetByText("No schedule matches").WaitForAsync();
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_schedule_is_paused_with_a_reason_and_goes_on_again()
    {
        var ns = await NewNamespaceAsync("pause");
        await AddAsync(ns, "nightly", "0 2 * * *");
        await using var page = await OpenAsync("ona", $"ns/{ns}/schedules");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Pause nightly", Exact = true }).ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Why").FillAsync("disk <b>full</b>");
        await dialog.GetByLabel("Until").FillAsync("2001-01-01T00:00");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Pause nightly" }).ClickAsync();
        await dialog.GetByText("This time has passed").WaitForAsync();
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await dialog.GetByLabel("Until").FillAsync("2090-06-01T00:00");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Pause nightly" }).ClickAsync();
        await page.Page.GetByText("nightly is paused.").WaitForAsync();
        var paused = await _broker.In(ns).Schedules.GetAsync("nightly");
        Assert.That((paused.PauseNote, paused.ResumeAt?.Year), Is.EqualTo(("disk <b>full</b>", 2090)));
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "nightly" }).ClickAsync();
        await page.Page.GetByText("This schedule is paused").WaitForAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Resume nightly" }).ClickAsync();
        await page.Page.GetByText("nightly goes on.").WaitForAsync();
        var noted = (await _broker.In(ns).Audit.ListInNamespaceAsync()).Items;
        Assert.Multiple(() =>
        {
            Assert.That(
                noted,
                Has.Some.Matches<AuditEvent>(e => e.Actor == "user:ona" && e.Action == "schedules:pause")
            );
            Assert.That(page.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task A_schedule_is_run_now_with_other_params()
    {
        var ns = await NewNamespaceAsync("run");
        await AddAsync(ns, "nightly", "0 2 * * *", """{"full":true}""");
        await using var page = await OpenAsync("ona", $"ns/{ns}/schedules/nightly");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Run now: nightly" }).ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Params").FillAsync("{oops");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Run now" }).ClickAsync();
        await dialog.GetByText("This is no JSON: look at line 1").WaitForAsync();
        await dialog.GetByLabel("Params").FillAsync("""{"full":false}""");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Run now" }).ClickAsync();
        await page.Page.GetByText("nightly was run").WaitForAsync();
        var jobs = await _broker.In(ns).Jobs.ListAsync(new JobFilter { Schedule = "nightly", IncludeParams = true });
        Assert.Multiple(() =>
        {
            Assert.That(jobs.Items.Select(job => job.Params.ToString()), Is.EqualTo(new[] { """{"full":false}""" }));
            Assert.That(jobs.Items[0].CreatedBy, Is.EqualTo("user:ona"));
        });
    }

    [Test]
    public async Task A_missed_instant_stands_with_its_cause()
    {
        var ns = await NewNamespaceAsync("missed");
        await AddAsync(ns, "busy", "* * * * * *", overlap: OverlapPolicy.Skip);
        while ((await _broker.In(ns).Schedules.GetAsync("busy")).Missed == 0)
        {
            await Task.Yield();
        }

        await _broker.In(ns).Schedules.PauseAsync("busy");
        await using var page = await OpenAsync("vera", $"ns/{ns}/schedules/busy?tab=occurrences");
        await page.Page.GetByText("no job", new() { Exact = true }).First.WaitForAsync();
        await Expect(page.Page.Locator("tbody tr", new() { HasText = "no job" }).First)
            .ToContainTextAsync("unfinished");
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
    }

    [Test]
    public async Task A_version_is_compared_and_restored_and_the_pause_stays()
    {
        var ns = await NewNamespaceAsync("versions");
        await AddAsync(ns, "nightly", "0 2 * * *");
        await AddAsync(ns, "nightly", "0 3 * * *", overlap: OverlapPolicy.Skip);
        await _broker.In(ns).Schedules.PauseAsync("nightly", new PauseRequest("until the move"));
        await using var page = await OpenAsync("ada", $"ns/{ns}/schedules/nightly?tab=versions");
        await Expect(page.Page.Locator(".changes code")).ToHaveTextAsync(["trigger.expression", "overlap"]);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Restore version 1" }).ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.Locator("del").Filter(new() { HasText = "0 3" })).ToHaveCountAsync(1);
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Restore version 1" }).ClickAsync();
        await page.Page.GetByText("Version 1 of nightly is in force again.").WaitForAsync();
        var restored = await _broker.In(ns).Schedules.GetAsync("nightly");
        Assert.Multiple(() =>
        {
            Assert.That(restored.Trigger.Expression, Is.EqualTo("0 2 * * *"));
            Assert.That((restored.Version, restored.Overlap), Is.EqualTo((3, OverlapPolicy.Allow)));
            Assert.That((restored.Paused, restored.PauseNote), Is.EqualTo((true, "until the move")));
            Assert.That(page.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task A_deletion_says_what_is_lost_and_asks_once()
    {
        var ns = await NewNamespaceAsync("delete");
        await AddAsync(ns, "nightly", "0 2 * * *");
        await _broker.In(ns).Schedules.TriggerAsync("nightly");
        await using var page = await OpenAsync("ada", $"ns/{ns}/schedules/nightly");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await page.Page.GetByText("Lost are the schedule, its versions").WaitForAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Delete nightly" }).ClickAsync();
        await page.Page.GetByText("nightly is deleted.").WaitForAsync();
        await page.Page.GetByText("There is no schedule here").WaitForAsync();
        Assert.That((await _broker.In(ns).Jobs.ListAsync()).Items, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_viewer_is_offered_no_act_and_is_refused_one_all_the_same()
    {
        var ns = await NewNamespaceAsync("viewer");
        await AddAsync(ns, "nightly", "0 2 * * *");
        await using var page = await OpenAsync("vera", $"ns/{ns}/schedules/nightly");
        await page.Page.GetByText("Next instants").WaitForAsync();
        await Expect(page.Page.Locator(".gates .holds")).ToContainTextAsync("notDue");
        Assert.That(await page.Page.Locator(".acts button").CountAsync(), Is.Zero);
        using var vera = await _broker.SignInAsync("vera", ns);
        Assert.Multiple(() =>
        {
            Assert.That(async () => await vera.Schedules.PauseAsync("nightly"), Forbidden);
            Assert.That(async () => await vera.Schedules.TriggerAsync("nightly"), Forbidden);
            Assert.That(async () => await vera.Schedules.DeleteAsync("nightly"), Forbidden);
        });
    }

    [Test]
    public async Task An_operator_may_pause_and_run_but_not_delete_or_restore()
    {
        var ns = await NewNamespaceAsync("operator");
        await AddAsync(ns, "nightly", "0 2 * * *");
        await AddAsync(ns, "nightly", "0 3 * * *");
        await using var page = await OpenAsync("ona", $"ns/{ns}/schedules/nightly?tab=versions");
        await Expect(page.Page.Locator(".acts button")).ToHaveTextAsync(["Run now", "Pause"]);
        await Expect(page.Page.Locator(".versions button")).ToHaveCountAsync(0);
        using var ona = await _broker.SignInAsync("ona", ns);
        Assert.That(async () => await ona.Schedules.DeleteAsync("nightly"), Forbidden);
    }

    [Test]
    public async Task Another_tenants_schedules_look_as_if_they_were_not_there()
    {
        var ns = await NewNamespaceAsync("others");
        await AddAsync(ns, "nightly", "0 2 * * *");
        await _broker.AddUserAsync("tom", Roles.Admin, "default");
        await using var page = await OpenAsync("tom", $"ns/{ns}/schedules/nightly");
        await page.Page.GetByText("This does not exist, or is not open to you").First.WaitForAsync();
        Assert.That(await page.Page.GetByText("db.backup").CountAsync(), Is.Zero);
    }

    [Test]
    public async Task Hostile_text_stays_text()
    {
        const string Hostile =
            "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">\u202Egnp.exe";
        var (ns, evil) = (await NewNamespaceAsync("hostile"), $"evil-{new string('x', 120)}");
        var parameters =
            $$"""{"text":{{System.Text.Json.JsonSerializer.Serialize(Hostile + new string('w', 60_000))}}}""";
        await AddAsync(ns, evil, "0 2 * * *", parameters);
        await AddAsync(ns, evil, "0 3 * * *");
        await _broker.In(ns).Schedules.PauseAsync(evil, new PauseRequest(Hostile + new string('w', 500)));
        foreach (var width in new[] { 1366, 390 })
        {
            var options = new BrowserNewContextOptions
            {
                ViewportSize = new() { Width = width, Height = 800 },
            };
            await using var page = await BrowserPage.SignInAsync(_broker, "ada", $"ns/{ns}/schedules", options);
            foreach (var path in new[] { "", $"/{evil}", $"/{evil}?tab=versions" })
            {
                await page.GoAsync(_broker, $"ns/{ns}/schedules{path}");
                await Expect(page.Page.Locator("main")).ToContainTextAsync("<script>");
                Assert.That(await page.Page.TitleAsync(), Does.Not.Contain("pwned"));
                Assert.That(await page.Page.Locator("main script, main img").CountAsync(), Is.Zero);
                Assert.That(await page.Page.EvaluateAsync<bool>(FitsWindow), Is.True, $"{path} {width} wide");
            }

            Assert.That(page.Complaints, Is.Empty);
        }
    }

    private static NUnit.Framework.Constraints.IResolveConstraint Forbidden =>
        Throws.TypeOf<ScheduleZeroException>().With.Property("Code").EqualTo("forbidden");

    private static ILocator Names(BrowserPage page) => page.Page.Locator("tbody td[data-label=Schedule]");

    private Task<BrowserPage> OpenAsync(string userName, string path) =>
        BrowserPage.SignInAsync(_broker, userName, path);

    private async Task<string> NewNamespaceAsync(string name)
    {
        await _broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = name });
        return name;
    }

    private Task AddAsync(
        string ns,
        string name,
        string expression,
        string? parameters = null,
        OverlapPolicy? overlap = null
    )
    {
        var schedule = SceneSchedules.Cron(name, expression, "db.backup");
        return _broker
            .In(ns)
            .Schedules.PutAsync(
                schedule with
                {
                    Overlap = overlap,
                    Job = schedule.Job with { Params = parameters is null ? default : RawJson.Parse(parameters) },
                }
            );
    }
}
