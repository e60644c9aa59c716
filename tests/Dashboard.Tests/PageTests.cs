using System.Net;
using Microsoft.Playwright;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>What holds for every page, seen by a real browser.</summary>
public sealed class PageTests
{
    private const string Unknown = "ns/default/nothing-here";

    private static readonly string[] Paths =
    [
        "ns/default",
        "ns/default/jobs",
        "ns/default/admin/users",
        "ns/default/admin/users?new=yes",
        "ns/default/admin/users/ana",
        "ns/default/admin/roles",
        "ns/default/admin/roles/viewer",
        "ns/default/admin/new-role",
        "ns/default/admin/keys?new=yes",
        "ns/default/admin/enrolments",
        "ns/default/admin/curve-keys",
        "ns/default/admin/namespaces?new=yes",
        "ns/default/admin/namespaces/default",
        "ns/default/admin/audit",
        "ns/default/admin/versions",
        "ns/default/admin/settings",
        "account",
        "ns/default/handlers",
        "ns/default/handlers/none",
        "ns/default/handlers/enrol",
        "ns/default/activity",
        "ns/default/activity/logs",
        "ns/default/links",
        "ns/default/schedules",
        "ns/default/schedules/-/new",
        "ns/default/schedules/-/weeks",
        "ns/default/schedules/-/simulate",
        "ns/default/schedules/-/offline",
        "ns/default/calendars",
        "ns/default/calendars/-/new",
        Unknown,
    ];

    private TestBroker _broker = null!;
    private string _jobPath = null!;
    private JobId _batchJob;
    private string _batchPath = null!;
    private string _chainPath = null!;

    /// <summary>The addresses of all pages.</summary>
    private IReadOnlyList<string> AllPaths =>
        [
            .. Paths,
            _jobPath,
            $"{_jobPath}?part=params",
            $"{_jobPath}?part=attempts",
            $"{_jobPath}?part=audit",
            "ns/default/jobs/run?method=reports.render",
            "ns/default/batches",
            _batchPath,
            _chainPath,
            $"ns/default/jobs/{_batchJob}",
        ];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ana", Roles.Admin);
        await _broker.AddUserAsync("leaver", Roles.Admin);
        await _broker.AddUserAsync("revoked", Roles.Admin);
        var job = await _broker.Admin.Jobs.EnqueueAsync(
            new JobRequest { Method = "reports.render", Params = RawJson.Parse("""{"month":"2026-10","days":[1,2]}""") }
        );
        _jobPath = $"ns/default/jobs/{job.Id}";
        var made = await _broker.Admin.Batches.SubmitAsync(
            new BatchSubmission { Jobs = [new JobRequest { Method = "reports.render" }] }
        );
        _batchPath = $"ns/default/batches/{made.Batch.Id}";
        _batchJob = made.Jobs[0];
        var last = await _broker.Admin.Jobs.EnqueueAsync(
            new JobRequest { Method = "reports.send", After = [made.Jobs[0].ToString()] }
        );
        _chainPath = $"ns/default/jobs/{last.Id}";
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task Every_page_forbids_inline_scripts_and_styles_and_frames()
    {
        using var http = _broker.NewHttpClient();
        using var anonymous = await http.GetAsync("sign-in");
        (await http.SignInAsync("ana")).Dispose();
        foreach (var path in AllPaths.Append("password").Append("too-many-pages"))
        {
            using var answer = await http.GetAsync(path);
            AssertHeaders(path, answer);
            Assert.That(answer.StatusCode, Is.EqualTo(StatusOf(path)), path);
        }

        AssertHeaders("sign-in", anonymous);
    }

    [Test]
    public async Task The_browser_has_nothing_to_complain_about_on_any_page()
    {
        await using var page = await BrowserPage.SignInAsync(_broker, "ana");
        // A browser complains about each answer 404, and so about the page for unknown addresses.
        foreach (var path in AllPaths.Where(path => path != Unknown))
        {
            await page.GoAsync(_broker, path);
        }

        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Whoever_looks_at_pages_leaves_no_warning_in_the_log()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Admin);
        await using var page = await BrowserPage.SignInAsync(broker, "ana", "ns/default");
        await page.ReadyAsync();
        foreach (var path in Paths)
        {
            await page.GoAsync(broker, path);
        }

        Assert.That(broker.Warnings, Is.Empty);
    }

    [Test]
    public async Task No_element_has_a_style_of_its_own()
    {
        await using var page = await BrowserPage.SignInAsync(_broker, "ana");
        foreach (var path in AllPaths)
        {
            await page.GoAsync(_broker, path);
            Assert.That(await page.Page.Locator("[style], style, script:not([src])").CountAsync(), Is.Zero, path);
        }
    }

    [Test]
    public async Task Scripts_and_styles_have_their_hash_in_the_name_and_are_held_for_ever()
    {
        await using var page = await BrowserPage.OpenAsync(_broker);
        var style = await page.Page.Locator("link[rel=stylesheet]").GetAttributeAsync("href");
        using var http = _broker.NewHttpClient();
        using var answer = await http.GetAsync(style);
        using var again = new HttpRequestMessage(HttpMethod.Get, style);
        again.Headers.TryAddWithoutValidation("If-None-Match", answer.Headers.ETag!.ToString());
        using var unchanged = await http.SendAsync(again);
        using var other = await http.GetAsync("assets/dashboard.0000000000000000.css");
        Assert.Multiple(() =>
        {
            Assert.That(answer.Headers.CacheControl!.ToString(), Does.Contain("immutable"));
            Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/css"));
            Assert.That(unchanged.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
            Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        });
    }

    [Test]
    public async Task A_session_that_is_ended_elsewhere_closes_its_open_pages()
    {
        await using var page = await BrowserPage.SignInAsync(_broker, "revoked", "ns/default");
        await page.ReadyAsync();
        foreach (var session in (await _broker.Admin.Users.SessionsAsync("revoked")).Items)
        {
            await _broker.Admin.Users.EndSessionAsync("revoked", session.Id);
        }

        await page.Page.GetByText("Your session has ended").WaitForAsync();
        Assert.That(new Uri(page.Page.Url).AbsolutePath, Is.EqualTo("/ui/sign-in"));
    }

    [Test]
    public async Task A_sign_out_ends_the_session_and_the_other_pages_of_the_browser()
    {
        await using var page = await BrowserPage.SignInAsync(_broker, "leaver", "ns/default");
        await page.ReadyAsync();
        var other = await page.Context.NewPageAsync();
        await other.GotoAsync(new Uri(_broker.Pages, "ns/default").ToString());
        await other.Locator("h1").WaitForAsync();

        await page.Page.Locator("details.menu > summary").ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.Page.GetByLabel("User name").WaitForAsync();
        await other.GetByLabel("User name").WaitForAsync();
        await Assert.MultipleAsync(async () =>
        {
            Assert.That((await _broker.Admin.Users.SessionsAsync("leaver")).Items, Is.Empty);
            Assert.That(
                await page.Context.CookiesAsync(),
                Has.None.Matches<BrowserContextCookiesResult>(c => c.Name == "schedulezero")
            );
        });
    }

    [Test]
    public async Task A_page_comes_back_by_itself_after_a_restart_and_says_so()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Admin);
        await using var page = await BrowserPage.SignInAsync(broker, "ana", "ns/default");
        await page.ReadyAsync();
        await broker.StopAsync();
        await page.Page.GetByText("No connection since").WaitForAsync();
        await broker.StartAgainAsync();
        await page.Page.GetByText("The page is back").WaitForAsync();
        Assert.That(new Uri(page.Page.Url).AbsolutePath, Is.EqualTo("/ui/ns/default"));
    }

    [TestCase(ColorScheme.Light)]
    [TestCase(ColorScheme.Dark)]
    public async Task Nothing_serious_is_wrong_with_the_accessibility_of_any_page(ColorScheme theme)
    {
        var options = new BrowserNewContextOptions { ColorScheme = theme };
        await using var page = await BrowserPage.OpenAsync(_broker, "", options);
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty, "sign-in");
        await page.FillSignInAsync("ana", TestBroker.Password);
        foreach (var path in AllPaths)
        {
            await page.GoAsync(_broker, path);
            Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty, path);
        }
    }

    [Test]
    public async Task What_pages_read_does_not_use_up_the_requests_of_their_user()
    {
        await using var broker = await TestBroker.StartAsync(requestsPerMinute: 4);
        await broker.AddUserAsync("ana", Roles.Viewer);
        await using var page = await BrowserPage.SignInAsync(broker, "ana", "ns/default");
        await page.ReadyAsync();
        for (var times = 0; times < 3; times++)
        {
            await page.GoAsync(broker, "ns/default");
        }

        await Assertions.Expect(page.Page.Locator(".figure").First).ToBeVisibleAsync();
        using var ana = await broker.SignInAsync("ana");
        Assert.That((await ana.Auth.MeAsync()).Name, Is.EqualTo("user:ana"));
    }

    [Test]
    public async Task Without_the_dashboard_there_is_none()
    {
        await using var broker = await TestBroker.StartAsync(dashboard: false);
        using var http = broker.NewHttpClient();
        using var page = await http.GetAsync("sign-in");
        using var root = await http.GetAsync(broker.Address);
        Assert.Multiple(() =>
        {
            Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(root.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        });
    }

    private static HttpStatusCode StatusOf(string path) =>
        path switch
        {
            "too-many-pages" => HttpStatusCode.ServiceUnavailable,
            Unknown => HttpStatusCode.NotFound,
            _ => HttpStatusCode.OK,
        };

    private static void AssertHeaders(string path, HttpResponseMessage answer)
    {
        var policy = string.Join(' ', answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Multiple(() =>
        {
            Assert.That(policy, Does.Contain("script-src 'self';").And.Contain("style-src 'self';"), path);
            Assert.That(policy, Does.Contain("default-src 'none'").And.Contain("frame-ancestors 'none'"), path);
            Assert.That(policy, Does.Not.Contain("unsafe"), path);
            Assert.That(answer.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo(new[] { "nosniff" }), path);
            Assert.That(answer.Headers.GetValues("Referrer-Policy"), Is.EqualTo(new[] { "same-origin" }), path);
            Assert.That(answer.Headers.CacheControl?.NoStore, Is.True, path);
        });
    }
}
