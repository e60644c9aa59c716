using Microsoft.Playwright;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The first page of a namespace, in a real browser.</summary>
public sealed class HomeTests
{
    [Test]
    public async Task An_empty_installation_shows_the_first_steps_which_tick_themselves_off()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Admin);
        await using var page = await BrowserPage.SignInAsync(broker, "ana", "ns/default");
        await page.Page.GetByText("0 of 4 done").WaitForAsync();
        var job = await broker.Admin.Jobs.EnqueueAsync(new JobRequest { Method = "reports.render" });
        await page.Page.GetByText("1 of 4 done").WaitForAsync();
        await page.Page.GetByText("1 job of reports.render can run nowhere").WaitForAsync();
        await broker.Admin.Jobs.CancelAsync(job.Id);
        await using var fleet = await TestFleet.StartAsync(broker);
        await fleet.AddHandlerAsync("office-1", agent => agent.Handle<object>("a", (_, _) => Task.CompletedTask));
        await page.Page.GetByText("3 of 4 done").WaitForAsync();
        await broker.Admin.Schedules.CreateAsync(
            new ScheduleRequest
            {
                Name = "nightly",
                Trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 2 * * *" },
                Job = new JobRequest { Method = "a" },
            }
        );
        await Assertions.Expect(page.Page.Locator(".steps")).ToHaveCountAsync(0);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_namespace_that_has_many_jobs_and_no_schedule_is_not_shown_the_first_steps()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Admin);
        await using var fleet = await TestFleet.StartAsync(broker);
        await fleet.AddHandlerAsync("office-1", agent => agent.Handle<object>("a", (_, _) => Task.CompletedTask));
        await using var page = await BrowserPage.SignInAsync(broker, "ana", "ns/default");
        await page.Page.GetByText("2 of 4 done").WaitForAsync();
        var jobs = Enumerable.Range(0, 10).Select(_ => new JobRequest { Method = "a" }).ToList();
        await broker.Admin.Jobs.EnqueueBatchAsync(jobs);
        await Assertions.Expect(page.Page.Locator(".steps")).ToHaveCountAsync(0);
    }

    [Test]
    public async Task Each_first_step_has_a_button_that_leads_to_its_page_for_those_who_may_take_it()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Admin);
        await broker.AddUserAsync("vera", Roles.Viewer);
        await using var page = await BrowserPage.SignInAsync(broker, "ana", "ns/default");
        var acts = page.Page.Locator(".steps .step-act a");
        string[] headings = ["Make a key", "Enrol a handler", "Run a job", "New schedule"];
        await Assertions.Expect(acts).ToHaveCountAsync(headings.Length);
        for (var step = 0; step < headings.Length; step++)
        {
            await acts.Nth(step).ClickAsync();
            await page.Page.GetByRole(AriaRole.Heading, new() { Name = headings[step] }).WaitForAsync();
            if (step == 0)
            {
                await Assertions.Expect(page.Page.GetByLabel("Kind")).ToHaveValueAsync(nameof(KeyKind.Bridge));
            }

            await page.GoAsync(broker, "ns/default");
        }

        await using var viewer = await BrowserPage.SignInAsync(broker, "vera", "ns/default");
        await viewer.Page.GetByText("0 of 3 done").WaitForAsync();
        await Assertions.Expect(viewer.Page.Locator(".steps .step-act a")).ToHaveCountAsync(0);
    }

    [Test]
    public async Task Links_the_audit_log_and_the_start_latency_are_there_for_those_who_may_read_them()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Admin);
        await broker.AddUserAsync("tom", Roles.Admin, "default");
        await using var fleet = await TestFleet.StartAsync(broker);
        await fleet.AddHandlerAsync("office-1", agent => agent.Handle<object>("a", (_, _) => Task.CompletedTask));
        await broker.Admin.Jobs.EnqueueAndWaitAsync(new JobRequest { Method = "a" }, TimeSpan.FromMinutes(1));
        await using var page = await BrowserPage.SignInAsync(broker, "ana", "ns/default");
        await page.Page.GetByText("99 of 100 wait no longer").WaitForAsync();
        await Assertions.Expect(Region(page, "Audit log")).ToContainTextAsync("each with the hash of the one before");
        await Assertions.Expect(Region(page, "Links with Bridges")).ToContainTextAsync("dmz-1");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "1 of 1 link up" }).ClickAsync();
        await Assertions.Expect(page.Page.Locator("tbody tr")).ToContainTextAsync("dmz-1");
        Assert.That(page.Complaints, Is.Empty);

        await using var tenant = await BrowserPage.SignInAsync(broker, "tom", "ns/default");
        await tenant.Page.GetByText("99 of 100 wait no longer").WaitForAsync();
        await Assertions.Expect(Region(tenant, "Audit log")).ToHaveCountAsync(0);
        await Assertions.Expect(Region(tenant, "Links with Bridges")).ToHaveCountAsync(0);
        await tenant.GoAsync(broker, "ns/default/links");
        await tenant.Page.GetByText("Your roles do not open this").WaitForAsync();
        await Assertions.Expect(tenant.Page.Locator("tbody tr")).ToHaveCountAsync(0);
    }

    [Test]
    public async Task Failed_jobs_lead_to_their_list()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Operator);
        await using var fleet = await TestFleet.StartAsync(broker);
        await Scene.PlayAsync(broker, fleet);
        await using var page = await BrowserPage.SignInAsync(broker, "ana", "ns/default?span=24h");
        await page.Page.GetByText("3 jobs of reports.render failed for good").WaitForAsync();
        await Assertions.Expect(page.Page.Locator(".chart")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Page.Locator(".fleet span")).ToHaveCountAsync(6);
        var act = page.Page.GetByRole(AriaRole.Link, new() { Name = "Look and replay" });
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await act.GetAttributeAsync("href"), Does.EndWith("jobs?state=failed&method=reports.render"));
            Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
            Assert.That(page.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task A_failed_job_needs_nobody_once_its_replay_has_succeeded()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Operator);
        await using var fleet = await TestFleet.StartAsync(broker);
        await fleet.AddHandlerAsync(
            "office-1",
            agent =>
                agent.Handle<RawJson>(
                    "reports.render",
                    (parameters, _) =>
                        parameters.ToString() == "1"
                            ? Task.CompletedTask
                            : throw new JobFailedException("disk", "disk quota exceeded", retryable: false)
                )
        );
        var wait = TimeSpan.FromMinutes(1);
        var failed = await broker.Admin.Jobs.EnqueueAndWaitAsync(new JobRequest { Method = "reports.render" }, wait);
        Assert.That(failed.State, Is.EqualTo(JobState.Failed));
        await using var page = await BrowserPage.SignInAsync(broker, "ana", "ns/default");
        var asks = page.Page.GetByText("of reports.render failed for good");
        await Assertions.Expect(asks).ToContainTextAsync("1 job");
        var again = await broker.Admin.Jobs.ReplayAsync(failed.Id);
        await Assertions.Expect(asks).ToContainTextAsync("2 jobs");
        await broker.Admin.Jobs.ReplayAsync(again.Id, RawJson.Parse("1"));
        await Assertions.Expect(asks).ToHaveCountAsync(0);
    }

    [Test]
    public async Task What_the_role_does_not_open_is_not_on_the_page()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.Admin.Roles.CreateAsync(
            new RoleRequest { Name = "watcher", Rules = [new RoleRule { Permissions = ["handlers:read"] }] }
        );
        await broker.AddUserAsync("ben", "watcher", "default");
        await using var page = await BrowserPage.SignInAsync(broker, "ben", "ns/default");
        await page.ReadyAsync();
        await page.Page.GetByText("Handlers connected").WaitForAsync();
        await Assertions.Expect(page.Page.Locator(".chart")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Page.Locator(".live .chip")).ToHaveTextAsync("every 15 s");
        Assert.That(await page.Page.GetByRole(AriaRole.Alert).CountAsync(), Is.Zero);
    }

    private static ILocator Region(BrowserPage page, string name) => page.Page.Locator($"section[aria-label='{name}']");
}
