using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.Activity;
using ScheduleZero.HandlerAgent;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The logs of all jobs on one page, in a real browser.</summary>
public sealed class LogsPageTests
{
    private const string Hostile =
        "<script>document.title='pwned'</script>\u001b[2J\u001b[31mred\u001b]0;pwned\u0007\u202Egnp.exe";

    private const string FitsWindow = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
    private static readonly TimeSpan Wait = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _goOn = new(0);
    private TestBroker _broker = null!;
    private TestFleet _fleet = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("vera", Roles.Viewer);
        _fleet = await TestFleet.StartAsync(_broker);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _fleet.DisposeAsync();
        await _broker.DisposeAsync();
        _goOn.Dispose();
    }

    [Test]
    public async Task Lines_of_all_jobs_are_there_and_appear_as_they_are_written()
    {
        var ns = await NewNamespaceAsync("live");
        await AddHandlerAsync(ns);
        var ended = await RunAsync(ns, "levels.use");
        var running = await _broker.In(ns).Jobs.EnqueueAsync(new JobRequest { Method = "steps.take" });
        await using var page = await OpenAsync(ns, "");
        await Expect(Lines(page)).ToHaveTextAsync(["fine", "careful", "wrong", "step 1"]);
        await Expect(page.Page.Locator(".log a").First).ToHaveAttributeAsync("href", $"ns/{ns}/jobs/{ended.Id}");
        await Expect(page.Page.Locator(".log a").Last).ToHaveAttributeAsync("href", $"ns/{ns}/jobs/{running.Id}");
        _goOn.Release();
        await Expect(Lines(page).Last).ToHaveTextAsync("step 2");
        await Expect(page.Page.GetByText("All since")).ToBeVisibleAsync();
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Filters_stand_in_the_address_and_choose_by_level_method_handler_and_text()
    {
        var ns = await NewNamespaceAsync("filters");
        await AddHandlerAsync(ns);
        await RunAsync(ns, "levels.use");
        await RunAsync(ns, "hello.say");
        await using var page = await OpenAsync(ns, "");
        await Expect(Lines(page)).ToHaveTextAsync(["fine", "careful", "wrong", "hello"]);
        await page.Page.GetByLabel("Level").SelectOptionAsync("warning");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Filter" }).ClickAsync();
        await Expect(Lines(page)).ToHaveTextAsync(["careful", "wrong"]);
        Assert.That(page.Page.Url, Does.EndWith($"/ui/ns/{ns}/activity/logs?level=warning"));
        await page.Page.ReloadAsync();
        await Expect(page.Page.GetByLabel("Level")).ToHaveValueAsync("warning");
        await Expect(Lines(page)).ToHaveTextAsync(["careful", "wrong"]);
        foreach (
            var (query, lines) in new[]
            {
                ("method=hello.say", new[] { "hello" }),
                ("handler=office-filters&q=WRO", ["wrong"]),
                ("level=error", ["wrong"]),
            }
        )
        {
            await page.GoAsync(_broker, $"ns/{ns}/activity/logs?{query}");
            await Expect(Lines(page)).ToHaveTextAsync(lines);
        }

        await page.GoAsync(_broker, $"ns/{ns}/activity/logs?handler=other");
        await page.Page.GetByText("No line of this choice since").WaitForAsync();
        await page.GoAsync(_broker, $"ns/{ns}/activity/logs?method=a%20b");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("A name is needed");
    }

    [Test]
    public async Task A_held_page_stays_as_it_is_and_counts_what_it_leaves_out()
    {
        var ns = await NewNamespaceAsync("held");
        await AddHandlerAsync(ns);
        await RunAsync(ns, "hello.say");
        await using var page = await OpenAsync(ns, "");
        await Expect(Lines(page)).ToHaveTextAsync(["hello"]);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Hold" }).ClickAsync();
        await page.Page.GetByText("held since").WaitForAsync();
        await RunAsync(ns, "much.say");
        await using (var second = await OpenAsync(ns, ""))
        {
            await Expect(Lines(second).Last).ToHaveTextAsync("line 1200");
        }

        await Expect(Lines(page)).ToHaveTextAsync(["hello"]);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Follow" }).ClickAsync();
        await Expect(Lines(page).Last).ToHaveTextAsync("line 1200");
        await Expect(Lines(page)).ToHaveCountAsync(LogsPage.RowsMax);
        await page.Page.GetByText("left out: more came at once").WaitForAsync();
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Hostile_lines_stay_text_and_fit_the_window([Values(1366, 390)] int width)
    {
        var ns = await NewNamespaceAsync($"hostile-{width}");
        await AddHandlerAsync(ns);
        await RunAsync(ns, "evil.say");
        var options = new BrowserNewContextOptions
        {
            ViewportSize = new() { Width = width, Height = 800 },
        };
        await using var page = await OpenAsync(ns, "", options);
        await Expect(Lines(page)).ToHaveCountAsync(2);
        var text = await Lines(page).First.InnerTextAsync();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.StartWith("<script>").And.Contain("red"));
            Assert.That(text.IndexOfAny(['\u001b', '\u202e', '\u0007']), Is.EqualTo(-1));
            Assert.That(page.Complaints, Is.Empty);
        });
        Assert.That((await Lines(page).Last.InnerTextAsync()).Length, Is.LessThan(5_000));
        Assert.That(await page.Page.EvaluateAsync<bool>(FitsWindow), Is.True);
        Assert.That(await page.Page.TitleAsync(), Does.StartWith("Logs"));
    }

    [Test]
    public async Task A_role_that_is_limited_to_methods_is_led_to_the_lines_of_these()
    {
        var ns = await NewNamespaceAsync("limited");
        await AddHandlerAsync(ns);
        await RunAsync(ns, "levels.use");
        await RunAsync(ns, "hello.say");
        await _broker.Admin.Roles.CreateAsync(
            new RoleRequest
            {
                Name = "greeter",
                Rules = [new RoleRule { Permissions = ["jobs:read", "events:read"], Names = ["hello.*"] }],
            }
        );
        await _broker.AddUserAsync("lena", "greeter", ns);
        await using var page = await BrowserPage.SignInAsync(_broker, "lena", $"ns/{ns}/activity");
        await Expect(Lines(page)).ToHaveTextAsync(["hello"]);
        Assert.That(page.Page.Url, Does.EndWith($"ns/{ns}/activity/logs"));
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "Events", Exact = true })).ToHaveCountAsync(0);
    }

    private static ILocator Lines(BrowserPage page) => page.Page.Locator(".log .message");

    private async Task<JobView> RunAsync(string ns, string method)
    {
        var job = await _broker.In(ns).Jobs.EnqueueAndWaitAsync(new JobRequest { Method = method }, Wait);
        Assert.That(job.State, Is.EqualTo(JobState.Succeeded));
        return job;
    }

    private async Task<BrowserPage> OpenAsync(string ns, string query, BrowserNewContextOptions? options = null)
    {
        var page = await BrowserPage.SignInAsync(_broker, "vera", $"ns/{ns}/activity/logs{query}", options);
        await page.ReadyAsync();
        return page;
    }

    private Task AddHandlerAsync(string ns) =>
        _fleet.AddHandlerAsync(
            $"office-{ns}",
            agent =>
                agent
                    .Handle<object>("steps.take", (_, job) => TakeStepsAsync(job))
                    .Handle<object>("levels.use", (_, job) => UseLevelsAsync(job))
                    .Handle<object>("hello.say", (_, job) => SayAsync(job, "hello"))
                    .Handle<object>(
                        "much.say",
                        (_, job) => SayAsync(job, [.. Enumerable.Range(1, 1_200).Select(n => $"line {n}")])
                    )
                    .Handle<object>("evil.say", (_, job) => SayAsync(job, Hostile, new string('w', 1_000_000))),
            ns: ns
        );

    private async Task TakeStepsAsync(JobContext job)
    {
        job.Log(LogLevel.Information, "step 1");
        await _goOn.WaitAsync(_fleet.Stopping);
        job.Log(LogLevel.Information, "step 2");
        await _goOn.WaitAsync(_fleet.Stopping);
    }

    private static Task UseLevelsAsync(JobContext job)
    {
        job.Log(LogLevel.Information, "fine");
        job.Log(LogLevel.Warning, "careful");
        job.Log(LogLevel.Error, "wrong");
        return Task.CompletedTask;
    }

    private static Task SayAsync(JobContext job, params string[] lines)
    {
        foreach (var line in lines)
        {
            job.Log(LogLevel.Information, line);
        }

        return Task.CompletedTask;
    }

    private async Task<string> NewNamespaceAsync(string name)
    {
        await _broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = name });
        return name;
    }
}
