using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Components;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Filters that have a name: what is stored, and how a page shows them.</summary>
public sealed class SavedFilterTests
{
    private const string Script = "<img src=x onerror=alert(1)>";

    [Test]
    public void What_was_written_is_read_again_in_order_of_the_names()
    {
        var filters = SavedFilterList.With([new SavedFilter("b", "q=1")], new SavedFilter("A\"<é", "q=%22"));
        Assert.That(
            SavedFilterList.Parse(SavedFilterList.Write(filters)),
            Is.EqualTo(new[] { new SavedFilter("A\"<é", "q=%22"), new SavedFilter("b", "q=1") })
        );
    }

    [Test]
    public void A_name_has_one_filter()
    {
        var filters = SavedFilterList.With([new SavedFilter("a", "q=1")], new SavedFilter("a", "q=2"));
        Assert.That(filters, Is.EqualTo(new[] { new SavedFilter("a", "q=2") }));
        Assert.That(SavedFilterList.Without(filters, "a"), Is.Empty);
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("null")]
    [TestCase("7")]
    [TestCase("""{"name":"a","query":"q=1"}""")]
    [TestCase(
        """[null,1,"a",[],{},{"name":"a"},{"name":1,"query":"q=1"},{"name":"","query":"q=1"},{"name":"a","query":{}}]"""
    )]
    public void What_is_no_filter_is_left_out(string stored) => Assert.That(SavedFilterList.Parse(stored), Is.Empty);

    [Test]
    public void Too_many_and_too_long_ones_are_left_out()
    {
        var many = Enumerable
            .Range(0, 60)
            .Select(number => new SavedFilter(number.ToString("D2", CultureInfo.InvariantCulture), "q=1"))
            .Prepend(new SavedFilter(new string('n', SavedFilterList.NameLengthMax + 1), "q=1"))
            .Prepend(new SavedFilter("long", new string('q', SavedFilterList.QueryLengthMax + 1)));
        var read = SavedFilterList.Parse(SavedFilterList.Write([.. many]));
        Assert.That(read, Has.Count.EqualTo(SavedFilterList.CountMax));
        Assert.That(read[0].Name, Is.EqualTo("00"));
    }

    [Test]
    public async Task Filters_get_a_name_lead_back_and_are_deleted()
    {
        await using var broker = await StartAsync();
        await using var page = await OpenAsync(broker, "ana", "ns/default/jobs?state=ready&method=mail.send");
        await SaveAsync(page, Script);
        var link = page.Page.GetByRole(AriaRole.Link, new() { Name = Script, Exact = true });
        await Expect(link).ToHaveAttributeAsync("aria-current", "true");
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);

        await page.GoAsync(broker, "ns/default/jobs");
        await link.ClickAsync();
        await Expect(page.Page).ToHaveURLAsync(new Regex(@"/jobs\?state=ready&method=mail\.send$"));
        await Expect(page.Page.GetByLabel("Method", new() { Exact = true })).ToHaveValueAsync("mail.send");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = $"Delete the filters {Script}" }).ClickAsync();
        await Expect(link).ToHaveCountAsync(0);
        await page.Page.ReloadAsync();
        await page.ReadyAsync();
        await Button(page, "Save these filters…").WaitForAsync();
        await Expect(link).ToHaveCountAsync(0);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Another_user_another_namespace_and_another_list_have_filters_of_their_own()
    {
        await using var broker = await StartAsync();
        await broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = "shop" });
        await using var page = await OpenAsync(broker, "ana", "ns/default/jobs?q=one");
        await SaveAsync(page, "mine");
        await ExpectSavedAsync(page, 1);
        foreach (var path in new[] { "ns/shop/jobs", "ns/default/schedules?q=one" })
        {
            await page.GoAsync(broker, path);
            await ExpectSavedAsync(page, 0);
        }

        await SaveAsync(page, "of schedules");
        await ExpectSavedAsync(page, 1);
        await page.Page.Locator("details.menu > summary").ClickAsync();
        await Button(page, "Sign out").ClickAsync();
        await page.FillSignInAsync("vera", TestBroker.Password);
        await page.ReadyAsync();
        await page.GoAsync(broker, "ns/default/jobs?q=two");
        await Button(page, "Save these filters…").WaitForAsync();
        await ExpectSavedAsync(page, 0);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_name_is_asked_for_and_there_are_fifty_at_most()
    {
        await using var broker = await StartAsync();
        await using var page = await OpenAsync(broker, "ana", "ns/default/jobs?q=one");
        await Button(page, "Save these filters…").ClickAsync();
        await Button(page, "Save").ClickAsync();
        await page.Page.GetByText("Write a name.").WaitForAsync();
        await Name(page).FillAsync("first");
        await Button(page, "Save").ClickAsync();
        await ExpectSavedAsync(page, 1);

        // Fifty filters of the greatest length do not fit into one message from the browser: they are read in pieces.
        await page.Page.EvaluateAsync(
            """
            () => {
              const key = Object.keys(localStorage).find(name => name.startsWith('schedulezero.filters '));
              localStorage.setItem(key, JSON.stringify(Array.from({ length: 50 }, (_, at) =>
                ({ name: `filters ${at}`, query: `q=${'x'.repeat(1900)}${at}` }))));
            }
            """
        );
        await page.GoAsync(broker, "ns/default/jobs?q=two");
        await ExpectSavedAsync(page, 50);
        await SaveAsync(page, "one more");
        await page.Page.GetByText("50 filters are saved").WaitForAsync();
        await Name(page).FillAsync("filters 7");
        await Button(page, "Save").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "filters 7", Exact = true }))
            .ToHaveAttributeAsync("aria-current", "true");
        await ExpectSavedAsync(page, 50);
    }

    private static Task ExpectSavedAsync(BrowserPage page, int count) =>
        Expect(page.Page.Locator(".saved-filter")).ToHaveCountAsync(count);

    private static ILocator Name(BrowserPage page) => page.Page.Locator("dialog").GetByLabel("Name");

    private static ILocator Button(BrowserPage page, string words) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = words, Exact = true });

    private static async Task SaveAsync(BrowserPage page, string name)
    {
        await Button(page, "Save these filters…").ClickAsync();
        await Name(page).FillAsync(name);
        await Button(page, "Save").ClickAsync();
    }

    private static async Task<TestBroker> StartAsync()
    {
        var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Operator);
        await broker.AddUserAsync("vera", Roles.Viewer);
        return broker;
    }

    private static async Task<BrowserPage> OpenAsync(TestBroker broker, string userName, string path)
    {
        var page = await BrowserPage.SignInAsync(broker, userName, path);
        await page.ReadyAsync();
        return page;
    }
}
