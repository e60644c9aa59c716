using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.Admin.Audit;
using ScheduleZero.Dashboard.Words;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The audit log, in a real browser.</summary>
public sealed class AuditPageTests
{
    private TestBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ana", Roles.Admin);
        await _broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = "tenant" });
        await _broker.AddUserAsync("tina", Roles.Admin, "tenant");
        await _broker.AddUserAsync("oscar", Roles.Operator, "tenant");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task Filters_and_the_unfolded_event_stand_in_the_address()
    {
        await EnqueueAsync("tenant", "mail.send");
        await using var page = await OpenAsync("tina", "ns/tenant/admin/audit");
        await page.Page.GetByLabel("Action").FillAsync("jobs:run");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Filter", Exact = true }).ClickAsync();
        await Expect(page.Page).ToHaveURLAsync(new Regex("/admin/audit\\?action=jobs(:|%3A)run$"));
        await Rows(page).First.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.Page.Locator("dl.facts")).ToContainTextAsync("jobs:run");
        await Expect(page.Page.Locator("dl.facts")).ToContainTextAsync("Hash");
        await page.Page.ReloadAsync();
        await Expect(page.Page.Locator("dl.facts")).ToContainTextAsync("jobs:run");
        await Expect(page.Page.GetByLabel("Action")).ToHaveValueAsync("jobs:run");
        await page.Page.GetByLabel("From").FillAsync("2090-01-01T00:00");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Filter", Exact = true }).ClickAsync();
        await page.Page.GetByText("No event matches").WaitForAsync();
        Assert.That(page.Page.Url, Does.Contain("from=2090-01-01T"));
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Pages_neither_skip_nor_repeat_events_while_others_come()
    {
        for (var number = 0; number < 60; number++)
        {
            await EnqueueAsync("tenant", "pages.fill");
        }

        await using var page = await OpenAsync("tina", "ns/tenant/admin/audit");
        await Expect(Rows(page)).ToHaveCountAsync(50);
        var first = await NumbersAsync(page);
        await EnqueueAsync("tenant", "pages.fill");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Older" }).ClickAsync();
        await Expect(NumberLinks(page).First).Not.ToHaveTextAsync(first[0]);
        var second = await NumbersAsync(page);
        Assert.That(first.Intersect(second), Is.Empty);
        Assert.That(
            int.Parse(second[0], System.Globalization.NumberStyles.AllowThousands),
            Is.LessThan(int.Parse(first[^1], System.Globalization.NumberStyles.AllowThousands))
        );
    }

    [Test]
    public async Task A_tenants_admin_sees_no_event_of_others_and_verifies_and_exports_nothing()
    {
        await EnqueueAsync("default", "secret.work");
        await using var page = await OpenAsync("tina", "ns/tenant/admin/audit?of=broker");
        await page.Page.GetByText("Your roles do not open this").WaitForAsync();
        await page.GoAsync(_broker, "ns/tenant/admin/audit?q=secret.work");
        await Expect(Rows(page)).ToHaveCountAsync(0);
        Assert.That(await page.Page.GetByText("Verify the whole log").CountAsync(), Is.Zero);
        using var http = _broker.NewHttpClient();
        (await http.SignInAsync("tina")).Dispose();
        using var export = await http.GetAsync("audit.ndjson");
        Assert.That(export.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        await using var operators = await OpenAsync("oscar", "ns/tenant/admin/audit");
        await operators.Page.GetByText("Your roles do not open this").WaitForAsync();
    }

    [Test]
    public async Task The_whole_log_is_verified_and_an_earlier_point_counts()
    {
        await EnqueueAsync("default", "mail.send");
        await using var page = await OpenAsync("ana", "ns/default/admin/audit?of=broker");
        await Verify(page).ClickAsync();
        await page.Page.GetByText("The log is whole").WaitForAsync();
        var end = await page.Page.Locator("#audit-end").InnerTextAsync();
        Assert.That(AuditPoint.TryParse(end, out var point), Is.True, end);

        await page.Page.GetByLabel("Point of an earlier").FillAsync("7:short");
        await Verify(page).ClickAsync();
        await page.Page.GetByText("A point is a number").WaitForAsync();
        await page.Page.GetByLabel("Point of an earlier").FillAsync(end);
        await Verify(page).ClickAsync();
        await page.Page.GetByText("The log is whole").WaitForAsync();
        await page.Page.GetByLabel("Point of an earlier").FillAsync($"{point.Sequence}:{new string('0', 64)}");
        await Verify(page).ClickAsync();
        await page.Page.GetByText("The log is not whole").WaitForAsync();
        await page.Page.GetByText("The event was another one").WaitForAsync();
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task The_export_is_downloaded_as_it_was_hashed()
    {
        await EnqueueAsync("default", "mail.send");
        await using var page = await OpenAsync("ana", "ns/default/admin/audit");
        var download = await page.Page.RunAndWaitForDownloadAsync(() =>
            page.Page.GetByRole(AriaRole.Link, new() { Name = "Export as NDJSON" }).ClickAsync()
        );
        await using var lines = await download.CreateReadStreamAsync();
        var verdict = await new AuditVerifier(await _broker.Admin.Audit.KeysAsync(), []).VerifyAsync(lines);
        Assert.That((verdict.Fault, verdict.First), Is.EqualTo(((AuditFault?)null, 1)));
        Assert.That(download.SuggestedFilename, Is.EqualTo("audit.ndjson"));
    }

    [TestCase("audit.ndjson?from=yesterday", HttpStatusCode.BadRequest)]
    [TestCase("audit.ndjson?from=2026-01-01&from=2026-01-02", HttpStatusCode.BadRequest)]
    [TestCase("audit.ndjson?to=2020-01-01T00:00:00Z", HttpStatusCode.OK)]
    public async Task An_export_asks_for_instants(string path, HttpStatusCode status)
    {
        using var http = _broker.NewHttpClient();
        using var stranger = await http.GetAsync(path);
        (await http.SignInAsync("ana")).Dispose();
        using var answer = await http.GetAsync(path);
        Assert.That((stranger.StatusCode, answer.StatusCode), Is.EqualTo((HttpStatusCode.Found, status)));
    }

    [Test]
    public async Task Hostile_text_stays_text()
    {
        const string Hostile = "<img src=x onerror=\"document.title='pwned'\">\u202Egnp.exe";
        await _broker
            .In("tenant")
            .Keys.CreateAsync(
                new KeyRequest
                {
                    Kind = KeyKind.Service,
                    Name = Hostile,
                    Roles = ["viewer"],
                }
            );
        foreach (var width in new[] { 1366, 390 })
        {
            var options = new BrowserNewContextOptions
            {
                ViewportSize = new() { Width = width, Height = 800 },
            };
            await using var page = await BrowserPage.SignInAsync(
                _broker,
                "ana",
                $"ns/tenant/admin/audit?q={Uri.EscapeDataString(Hostile)}",
                options
            );
            await page.ReadyAsync();
            Assert.That(await page.Page.Locator("main img").CountAsync(), Is.Zero);
            Assert.That(await page.Page.EvaluateAsync<bool>(Widths.FitsWindow), Is.True, $"{width} wide");
            Assert.That(page.Complaints, Is.Empty);
        }
    }

    [Test]
    public void Hostile_values_of_an_event_are_shown_on_one_line_and_cut()
    {
        var facts = AuditText.FactsOf(
            new AuditEvent
            {
                Sequence = 1,
                At = default,
                Actor = "user:<b>\u001b[31m\n\u202E",
                Action = "jobs:run",
                Outcome = AuditOutcomes.Denied,
                Reason = new string('w', 1_000_000),
                Hash = new string('0', 64),
            }
        );
        Assert.Multiple(() =>
        {
            Assert.That(facts.Single(fact => fact.Name == "Actor").Text, Is.EqualTo("user:<b> \uFFFD"));
            Assert.That(facts.Single(fact => fact.Name == "Reason").Text, Has.Length.EqualTo(2_001));
            Assert.That(facts.Select(fact => fact.Name), Has.None.EqualTo("Object"));
        });
    }

    [Test]
    public void An_address_says_what_it_was_made_of()
    {
        var address = new AuditAddress
        {
            IsWhole = true,
            Actor = "user:ana",
            Text = "a & b",
            From = new DateTimeOffset(2026, 11, 30, 14, 5, 7, TimeSpan.FromHours(1)),
            Cursor = "x/y",
            Event = 12,
        };
        var path = address.ToPath("default");
        var read = AuditAddress.Parse(path[path.IndexOf('?', StringComparison.Ordinal)..]);
        Assert.That(read, Is.EqualTo(address with { From = address.From!.Value.ToUniversalTime() }));
        Assert.That(AuditAddress.Parse("?event=-1&from=never&outcome="), Is.EqualTo(new AuditAddress()));
    }

    [TestCase("2026-03-29T02:30:00", ExpectedResult = "2026-03-29T01:30:00Z")]
    [TestCase("2026-11-30T14:05", ExpectedResult = "2026-11-30T13:05:00Z")]
    [TestCase("never", ExpectedResult = "")]
    [TestCase("", ExpectedResult = "")]
    public string Local_times_become_instants(string text) =>
        AuditAddress.TextOf(LocalInstant.Parse(text, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")));

    private static ILocator Rows(BrowserPage page) => page.Page.Locator("tbody tr");

    private static ILocator Verify(BrowserPage page) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = "Verify the whole log" });

    private static ILocator NumberLinks(BrowserPage page) => page.Page.Locator("tbody td:first-child a");

    private static async Task<string[]> NumbersAsync(BrowserPage page) =>
        [.. await NumberLinks(page).AllInnerTextsAsync()];

    private Task<JobView> EnqueueAsync(string ns, string method) =>
        _broker.In(ns).Jobs.EnqueueAsync(new JobRequest { Method = method });

    private async Task<BrowserPage> OpenAsync(string userName, string path)
    {
        var page = await BrowserPage.SignInAsync(_broker, userName, path);
        await page.ReadyAsync();
        return page;
    }
}
