using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Shell.Palette;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The command palette: what it finds, and how keys lead through it.</summary>
public sealed class PaletteTests
{
    private const string SomeJob = "01930000-0000-7000-8000-000000000001";

    private static readonly PaletteEntry Home = new("page", "Home", "ns/default");
    private static readonly PaletteEntry Nightly = new("schedule", "nightly", "ns/default/schedules/nightly");
    private static readonly PaletteEntry Report = new("schedule", "fortnightly.night", "ns/default/schedules/f");
    private static readonly PaletteEntry Midnight = new("handler", "midnight", "ns/default/handlers/midnight");

    [Test]
    public void Names_that_begin_with_the_text_come_first_and_then_words_that_do()
    {
        var found = New().Find("night");
        Assert.That(found.Take(3), Is.EqualTo(new[] { Nightly, Report, Midnight }));
    }

    [Test]
    public void Without_a_text_there_are_the_pages() => Assert.That(New().Find(" "), Is.EqualTo(new[] { Home }));

    [Test]
    public void The_id_of_a_job_leads_to_the_job() =>
        Assert.That(New().Find(SomeJob)[0], Is.EqualTo(new PaletteEntry("job", SomeJob, $"ns/default/jobs/{SomeJob}")));

    [Test]
    public void Any_other_text_can_be_searched_for_in_jobs() =>
        Assert.That(New().Find("disk & quota?")[^1].Path, Is.EqualTo("ns/default/jobs?q=disk%20%26%20quota%3F"));

    [Test]
    public void Whoever_may_not_read_jobs_is_not_led_to_them() =>
        Assert.That(New(readsJobs: false).Find(SomeJob), Is.Empty);

    [Test]
    public void No_more_is_shown_than_fits()
    {
        var names = Enumerable.Range(0, 100).Select(number => new PaletteEntry("handler", $"h{number}", "")).ToArray();
        Assert.That(
            new PaletteReading("default", true, [], names).Find("h"),
            Has.Count.EqualTo(PaletteReading.ShownMax)
        );
    }

    [Test]
    public async Task Keys_open_it_and_lead_to_a_page()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Viewer);
        await broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = "shop" });
        await using var page = await BrowserPage.SignInAsync(broker, "ana", "ns/default");
        await page.ReadyAsync();
        await page.Page.Keyboard.PressAsync("Control+k");
        var field = page.Page.GetByRole(AriaRole.Combobox, new() { Name = "Go to a page" });
        await Assertions.Expect(field).ToBeFocusedAsync();
        await Option(page).First.WaitForAsync();
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);

        await field.FillAsync("shop");
        await Assertions.Expect(Option(page, "[aria-selected=true]")).ToContainTextAsync("shop");
        await field.PressAsync("ArrowDown");
        await Assertions.Expect(Option(page, "[aria-selected=true]")).ToContainTextAsync("Jobs with");
        await field.PressAsync("ArrowUp");
        await field.PressAsync("Enter");
        await Assertions.Expect(page.Page).ToHaveURLAsync(new Regex("/ui/ns/shop$"));
        await Assertions.Expect(field).ToHaveCountAsync(0);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Escape_closes_it_and_it_opens_again()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Viewer);
        await using var page = await BrowserPage.SignInAsync(broker, "ana", "ns/default");
        await page.ReadyAsync();
        var field = page.Page.GetByRole(AriaRole.Combobox, new() { Name = "Go to a page" });
        for (var times = 0; times < 2; times++)
        {
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Go to" }).ClickAsync();
            await Assertions.Expect(field).ToBeFocusedAsync();
            await page.Page.Keyboard.PressAsync("Escape");
            await Assertions.Expect(field).ToHaveCountAsync(0);
        }
    }

    private static ILocator Option(BrowserPage page, string chosen = "") =>
        page.Page.Locator($"#palette-list [role=option]{chosen}");

    private static PaletteReading New(bool readsJobs = true) =>
        new("default", readsJobs, [Home], [Report, Midnight, Nightly]);
}
