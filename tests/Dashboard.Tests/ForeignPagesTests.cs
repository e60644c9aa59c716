using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Playwright;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>
/// Pages of schedules, calendars and handlers that show text of others: it stays text, turns nothing round, and fits
/// the window.
/// </summary>
public sealed class ForeignPagesTests
{
    // REST takes this of users: it refuses characters that control a terminal.
    private const string Turned =
        "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">\u202Egnp.exe";

    private const string Hostile = $"{Turned}\u001b[31mred";

    // What a page shows, and what it would show in tooltips. Fields that are edited hold the very text.
    private const string Shown = """
        [document.querySelector('main').innerText, ...[...document.querySelectorAll('main [title]')].map(e => e.title)].join('\n')
        """;

    private const string FitsWindow = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";

    private TestBroker _broker = null!;
    private TestFleet _fleet = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ada", Roles.Admin);
        _fleet = await TestFleet.StartAsync(_broker);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _fleet.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task Notes_keys_params_and_descriptions_of_schedules_and_calendars_stay_text(
        [Values(1366, 390)] int width
    )
    {
        var ns = await NewNamespaceAsync($"schedules-{width}");
        var schedules = _broker.In(ns).Schedules;
        var job = new JobRequest
        {
            Method = "db.backup",
            Params = RawJson.From(new Dictionary<string, string> { [Hostile] = Hostile + new string('w', 20_000) }),
            Concurrency = new ConcurrencyOptions(Turned),
        };
        await schedules.CreateAsync(SceneSchedules.Cron("one", "0 2 * * *", "db.backup") with { Job = job });
        await schedules.CreateAsync(SceneSchedules.Cron("two", "0 2 * * *", "db.backup") with { Job = job });
        await schedules.CreateAsync(SceneSchedules.Cron("still", "0 3 * * *", "db.backup"));
        await schedules.PauseAsync("still", new PauseRequest(Turned + new string('w', 500)));
        await _broker.In(ns).Calendars.CreateAsync(new CalendarRequest { Name = "days", Description = Turned });
        await using var page = await SignInAsync(ns, width);
        foreach (
            var path in new[] { "schedules", "schedules/one", "schedules/still", "calendars", "schedules/-/simulate" }
        )
        {
            await page.GoAsync(_broker, $"ns/{ns}/{path}");
            await RequireTextAsync(page, path);
        }

        foreach (var path in new[] { "calendars/days", "schedules/-/offline", "schedules/-/weeks" })
        {
            await page.GoAsync(_broker, $"ns/{ns}/{path}");
            await RequireHarmlessAsync(page, path);
        }

        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task What_a_handler_says_of_its_version_its_methods_and_its_end_stays_text(
        [Values(1366, 390)] int width
    )
    {
        var ns = await NewNamespaceAsync($"handlers-{width}");
        await using var handler = await ConnectAsync(ns, "evil-1");
        await using var page = await SignInAsync(ns, width);
        foreach (var path in new[] { "handlers", "handlers/evil-1", "admin/versions" })
        {
            await page.GoAsync(_broker, $"ns/{ns}/{path}");
            await RequireTextAsync(page, path);
        }

        await page.GoAsync(_broker, $"ns/{ns}/schedules/-/new");
        await page.Page.Locator("input[list=methods]").FillAsync("evil.run");
        await RequireTextAsync(page, "the form of a schedule");
        await page.GoAsync(_broker, $"ns/{ns}/jobs/run?method=evil.run");
        await RequireTextAsync(page, "the form of a job");

        await handler.SendAsync("Bye", new { reason = Hostile });
        await page.GoAsync(_broker, $"ns/{ns}/handlers/evil-1");
        var ends = page.Page.Locator("section[aria-label='Connections'] td[data-label='Why']");
        await Expect(ends.First).ToContainTextAsync("<script>");
        await RequireHarmlessAsync(page, "the end of a connection");
        Assert.That(page.Complaints, Is.Empty);
    }

    private static async Task RequireTextAsync(BrowserPage page, string path)
    {
        await Expect(page.Page.Locator("main")).ToContainTextAsync("<script>");
        await RequireHarmlessAsync(page, path);
    }

    private static async Task RequireHarmlessAsync(BrowserPage page, string path)
    {
        var shown = await page.Page.EvaluateAsync<string>(Shown);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(shown.IndexOfAny(['\u001b', '\u202e']), Is.EqualTo(-1), path);
            Assert.That(shown, Has.Length.LessThan(60_000), path);
            Assert.That(await page.Page.TitleAsync(), Does.Not.Contain("pwned"), path);
            Assert.That(await page.Page.Locator("main script, main img").CountAsync(), Is.Zero, path);
            Assert.That(await page.Page.EvaluateAsync<bool>(FitsWindow), Is.True, path);
        });
    }

    // A handler that writes its messages itself: the library would not say such things.
    private async Task<HubConnection> ConnectAsync(string ns, string name)
    {
        var key = await _broker.In(ns).Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Handler, Handler = name });
        var connection = new HubConnectionBuilder()
            .WithUrl(
                $"{_fleet.BridgeUrl}/hubs/handlers",
                options => options.AccessTokenProvider = () => Task.FromResult<string?>(key.Key)
            )
            .Build();
        await connection.StartAsync();
        await connection.InvokeAsync(
            "Hello",
            new
            {
                protocol = 1,
                handler = name,
                instance = "one",
                capacity = 1,
                agent = Hostile,
                methods = new[] { new { name = "evil.run", description = Hostile } },
            }
        );
        return connection;
    }

    private Task<BrowserPage> SignInAsync(string ns, int width) =>
        BrowserPage.SignInAsync(
            _broker,
            "ada",
            $"ns/{ns}",
            new BrowserNewContextOptions
            {
                ViewportSize = new() { Width = width, Height = 800 },
            }
        );

    private async Task<string> NewNamespaceAsync(string name)
    {
        await _broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = name });
        return name;
    }
}
