using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Keys of the keyboard that lead through the pages, in a real browser.</summary>
public sealed class KeysTests
{
    private TestBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ana", Roles.Admin);
        foreach (var method in new[] { "mail.send", "mail.read", "mail.drop" })
        {
            await _broker.Admin.Jobs.EnqueueAsync(new JobRequest { Method = method });
        }
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task Letters_after_g_lead_to_pages_one_after_the_other()
    {
        await using var page = await OpenAsync("ana", "ns/default");
        foreach (
            var (letter, path) in new[]
            {
                ("j", "/jobs"),
                ("s", "/schedules"),
                ("n", "/handlers"),
                ("y", "/activity"),
                ("a", "/admin/"),
                ("h", ""),
            }
        )
        {
            await PressAsync(page, "g", letter);
            await Expect(page.Page).ToHaveURLAsync(new Regex($"/ui/ns/default{path}{(path.EndsWith('/') ? "" : "$")}"));
            await page.ReadyAsync();
        }

        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_page_that_is_not_open_to_the_user_has_no_key()
    {
        await _broker.Admin.Roles.CreateAsync(
            new RoleRequest { Name = "watcher", Rules = [new RoleRule { Permissions = ["jobs:read"] }] }
        );
        await _broker.AddUserAsync("tom", "watcher");
        await using var page = await OpenAsync("tom", "ns/default/jobs");
        await PressAsync(page, "?");
        await Dialog(page).GetByText("goes to Jobs").WaitForAsync();
        await Expect(Dialog(page).GetByText("goes to Schedules")).ToHaveCountAsync(0);
        await PressAsync(page, "Escape");
        await Expect(Dialog(page)).ToHaveCountAsync(0);
        await PressAsync(page, "g", "s", "g", "h");
        await Expect(page.Page).ToHaveURLAsync(new Regex("/ui/ns/default$"));
    }

    [Test]
    public async Task A_question_mark_shows_the_keys_and_so_does_the_menu()
    {
        await using var page = await OpenAsync("ana", "ns/default");
        await PressAsync(page, "?");
        await Dialog(page).WaitForAsync();
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await PressAsync(page, "g", "j");
        await PressAsync(page, "Escape");
        await Expect(Dialog(page)).ToHaveCountAsync(0);
        Assert.That(page.Page.Url, Does.EndWith("/ui/ns/default"));
        await Menu(page).ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Show them" }).ClickAsync();
        await Dialog(page).WaitForAsync();
        await Dialog(page).GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await Expect(Dialog(page)).ToHaveCountAsync(0);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_slash_leads_to_the_filters_and_what_is_typed_there_is_text()
    {
        await using var page = await OpenAsync("ana", "ns/default/jobs");
        await PressAsync(page, "/");
        var field = page.Page.GetByRole(AriaRole.Searchbox);
        await Expect(field).ToBeFocusedAsync();
        await page.Page.Keyboard.TypeAsync("g?/np gj");
        await Expect(field).ToHaveValueAsync("g?/np gj");
        await Expect(Dialog(page)).ToHaveCountAsync(0);
        Assert.That(page.Page.Url, Does.EndWith("/jobs"));
    }

    [Test]
    public async Task N_and_p_lead_from_row_to_row()
    {
        await using var page = await OpenAsync("ana", "ns/default/jobs");
        var links = page.Page.Locator("tbody tr a.mono");
        await Expect(links).ToHaveCountAsync(3);
        await PressAsync(page, "n");
        await Expect(links.Nth(0)).ToBeFocusedAsync();
        await PressAsync(page, "n", "n", "n");
        await Expect(links.Nth(2)).ToBeFocusedAsync();
        await PressAsync(page, "p");
        await Expect(links.Nth(1)).ToBeFocusedAsync();
        var href = await links.Nth(1).GetAttributeAsync("href");
        await PressAsync(page, "Enter");
        await Expect(page.Page).ToHaveURLAsync(new Regex($"{Regex.Escape(href!)}$"));
    }

    [Test]
    public async Task Keys_with_a_modifier_belong_to_the_browser()
    {
        await using var page = await OpenAsync("ana", "ns/default");
        await PressAsync(page, "g", "Control+j", "j", "Alt+n", "Control+/");
        await Expect(page.Page.Locator("dialog[open]")).ToHaveCountAsync(0);
        Assert.That(page.Page.Url, Does.EndWith("/ui/ns/default"));
    }

    [Test]
    public async Task They_can_be_turned_off_and_stay_off_in_this_browser()
    {
        await using var page = await OpenAsync("ana", "ns/default");
        await Menu(page).ClickAsync();
        await Choice(page, "Off").ClickAsync();
        await Expect(Choice(page, "Off")).ToHaveAttributeAsync("aria-pressed", "true");
        await page.GoAsync(_broker, "ns/default/jobs");
        await PressAsync(page, "?", "/", "n", "g", "s");
        await Expect(Dialog(page)).ToHaveCountAsync(0);
        await Expect(page.Page.GetByRole(AriaRole.Searchbox)).Not.ToBeFocusedAsync();
        Assert.That(page.Page.Url, Does.EndWith("/jobs"));
        await Menu(page).ClickAsync();
        await Choice(page, "On").ClickAsync();
        await page.Page.Keyboard.PressAsync("Escape");
        await PressAsync(page, "?");
        await Dialog(page).WaitForAsync();
    }

    private static ILocator Dialog(BrowserPage page) => page.Page.GetByRole(AriaRole.Dialog, new() { Name = "Keys" });

    private static ILocator Menu(BrowserPage page) => page.Page.Locator("details.menu > summary");

    private static ILocator Choice(BrowserPage page, string words) =>
        page
            .Page.GetByRole(AriaRole.Group, new() { Name = "Shortcuts" })
            .GetByRole(AriaRole.Button, new() { Name = words, Exact = true });

    private static async Task PressAsync(BrowserPage page, params string[] keys)
    {
        foreach (var key in keys)
        {
            await page.Page.Keyboard.PressAsync(key);
        }
    }

    private async Task<BrowserPage> OpenAsync(string userName, string path)
    {
        var page = await BrowserPage.SignInAsync(_broker, userName, path);
        await page.ReadyAsync();
        return page;
    }
}
