using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Names that are offered while somebody types one into the filters of a list, in a real browser.</summary>
public sealed class SuggestionTests
{
    private TestBroker _broker = null!;
    private TestFleet _fleet = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        _fleet = await TestFleet.StartAsync(_broker);
        await _fleet.AddHandlerAsync(
            "office-1",
            agent => agent.Handle<object>("mail.send", (_, _) => Task.CompletedTask),
            options =>
            {
                options.Groups.Add("emea");
                options.Labels["rack"] = "b12";
            }
        );
        await _broker.Admin.Schedules.CreateAsync(
            new ScheduleRequest
            {
                Name = "nightly",
                Trigger = new TriggerRequest { Kind = "cron", Expression = "0 2 * * *" },
                Job = new JobRequest { Method = "reports.render" },
            }
        );
        await _broker.Admin.Jobs.EnqueueAsync(
            new JobRequest { Method = "films.encode", Tags = ["gpu", "\u202Eupg", "<b>loud</b>"] }
        );
        await _broker.AddUserAsync("vera", Roles.Viewer);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _fleet.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task The_filters_of_jobs_offer_the_names_that_there_are_once_somebody_enters_them()
    {
        await using var page = await BrowserPage.SignInAsync(_broker, "vera", "ns/default/jobs");
        await page.ReadyAsync();
        await Expect(page.Page.Locator("datalist")).ToHaveCountAsync(0);
        await page.Page.GetByLabel("Method", new() { Exact = true }).FocusAsync();
        await Expect(Offered(page, "Method")).ToHaveCountAsync(2);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await NamesAsync(page, "Method"), Is.EqualTo(new[] { "mail.send", "reports.render" }));
            Assert.That(await NamesAsync(page, "Handler"), Is.EqualTo(new[] { "office-1" }));
            Assert.That(await NamesAsync(page, "Schedule"), Is.EqualTo(new[] { "nightly" }));
            Assert.That(await NamesAsync(page, "Group"), Is.EqualTo(new[] { "emea" }));
            // A tag that turns the direction of writing would show another one than it is.
            Assert.That(await NamesAsync(page, "Tag"), Is.EqualTo(new[] { "<b>loud</b>", "gpu" }));
            Assert.That(page.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task What_somebody_types_stays_when_the_names_come()
    {
        await using var page = await BrowserPage.SignInAsync(_broker, "vera", "ns/default/jobs");
        await page.ReadyAsync();
        var field = page.Page.GetByLabel("Method", new() { Exact = true });
        await field.PressSequentiallyAsync("mail");
        await Expect(Offered(page, "Method")).ToHaveCountAsync(2);
        await Expect(field).ToHaveValueAsync("mail");
    }

    [Test]
    public async Task The_lists_of_schedules_and_handlers_offer_names_too()
    {
        await using var page = await BrowserPage.SignInAsync(_broker, "vera", "ns/default/schedules");
        await page.ReadyAsync();
        await page.Page.GetByLabel("Handler", new() { Exact = true }).FocusAsync();
        await Expect(Offered(page, "Handler")).ToHaveCountAsync(1);
        await page.GoAsync(_broker, "ns/default/handlers");
        await page.Page.GetByLabel("Label", new() { Exact = true }).FocusAsync();
        await Expect(Offered(page, "Label")).ToHaveCountAsync(1);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await NamesAsync(page, "Label"), Is.EqualTo(new[] { "rack=b12" }));
            Assert.That(await NamesAsync(page, "Bridge"), Is.EqualTo(new[] { "dmz-1" }));
            Assert.That(await NamesAsync(page, "Method"), Is.EqualTo(new[] { "mail.send" }));
        });
    }

    [Test]
    public async Task Names_that_are_not_open_to_the_user_are_not_offered()
    {
        await _broker.Admin.Roles.CreateAsync(
            new RoleRequest
            {
                Name = "mailer",
                Rules =
                [
                    new RoleRule { Permissions = ["jobs:read"] },
                    new RoleRule { Permissions = ["schedules:read"], Names = ["other.*"] },
                ],
            }
        );
        await _broker.AddUserAsync("tom", "mailer");
        await using var page = await BrowserPage.SignInAsync(_broker, "tom", "ns/default/jobs");
        await page.ReadyAsync();
        await page.Page.GetByLabel("Tag", new() { Exact = true }).FocusAsync();
        await Expect(Offered(page, "Tag")).ToHaveCountAsync(2);
        await Expect(page.Page.Locator("datalist")).ToHaveCountAsync(1);
        Assert.That(page.Complaints, Is.Empty);
    }

    private static ILocator Offered(BrowserPage page, string field) =>
        page.Page.Locator($"datalist#{ListOf(field)} option");

    private static Task<string[]> NamesAsync(BrowserPage page, string field) =>
        page
            .Page.GetByLabel(field, new() { Exact = true })
            .EvaluateAsync<string[]>("field => [...(field.list?.options ?? [])].map(option => option.value)");

    private static string ListOf(string field) => $"known-{field.ToLowerInvariant()}s";
}
