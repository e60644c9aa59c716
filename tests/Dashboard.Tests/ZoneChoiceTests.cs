using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The choice between times of the browser's zone and times in UTC.</summary>
public sealed class ZoneChoiceTests
{
    [Test]
    public async Task Somebody_chooses_times_in_utc_and_their_own_zone_again()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Admin);
        await broker.Admin.Schedules.CreateAsync(
            new ScheduleRequest
            {
                Name = "once",
                Trigger = new TriggerRequest
                {
                    Kind = TriggerKinds.Once,
                    At = new DateTimeOffset(2090, 7, 1, 22, 30, 0, TimeSpan.Zero),
                },
                Job = new JobRequest { Method = "db.backup" },
            }
        );
        // The zone has no daylight saving, and its day is another one at that time.
        var options = new BrowserNewContextOptions { TimezoneId = "Asia/Tokyo" };
        await using var page = await BrowserPage.SignInAsync(broker, "ana", "ns/default/schedules", options);
        var (next, clock) = (page.Page.Locator("td[data-label=Next] time"), page.Page.Locator("[data-clock]"));
        await Expect(next).ToContainTextAsync("2 Jul 2090 07:30");
        await Expect(clock).ToContainTextAsync("Tokyo");
        await ChooseAsync(page, "In UTC");
        await Expect(next).ToContainTextAsync("1 Jul 2090 22:30");
        await Expect(clock).Not.ToContainTextAsync("Tokyo");
        await page.GoAsync(broker, "ns/default/schedules/-/new");
        await Expect(page.Page.GetByText("In your time, UTC").First).ToBeVisibleAsync();
        await page.Page.Locator("details.menu summary").ClickAsync();
        await Expect(Choice(page, "In UTC")).ToHaveAttributeAsync("aria-pressed", "true");
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await page.GoAsync(broker, "ns/default/schedules");
        await ChooseAsync(page, "In my zone");
        await Expect(next).ToContainTextAsync("2 Jul 2090 07:30");
        Assert.That(page.Complaints, Is.Empty);
    }

    private static ILocator Choice(BrowserPage page, string words) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = words, Exact = true });

    private static async Task ChooseAsync(BrowserPage page, string words)
    {
        await page.Page.Locator("details.menu summary").ClickAsync();
        await Choice(page, words).ClickAsync();
    }
}
