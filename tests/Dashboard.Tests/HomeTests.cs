using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;

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
        await page.Page.GetByText("0 of 3 done").WaitForAsync();
        await broker.Admin.Jobs.EnqueueAsync(new JobRequest { Method = "reports.render" });
        await page.Page.GetByText("1 of 3 done").WaitForAsync();
        await page.Page.GetByText("1 job of reports.render can run nowhere").WaitForAsync();
        Assert.That(page.Complaints, Is.Empty);
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
}
