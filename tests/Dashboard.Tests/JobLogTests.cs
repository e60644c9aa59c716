using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.OneJob;
using ScheduleZero.HandlerAgent;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The log of one job, in a real browser.</summary>
public sealed class JobLogTests
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
        await _broker.AddUserAsync("ana", Roles.Operator);
        _fleet = await TestFleet.StartAsync(_broker);
        await _fleet.AddHandlerAsync(
            "office-1",
            agent =>
                agent
                    .Handle<object>("steps.take", (_, job) => TakeStepsAsync(job))
                    .Handle<object>("levels.use", (_, job) => UseLevelsAsync(job))
                    .Handle<object>("much.say", (_, job) => SayMuchAsync(job))
                    .Handle<object>("evil.say", (_, job) => SayEvilAsync(job))
        );
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _fleet.DisposeAsync();
        await _broker.DisposeAsync();
        _goOn.Dispose();
    }

    [Test]
    public async Task Lines_appear_as_they_are_written_until_the_job_ends()
    {
        var job = await _broker.Admin.Jobs.EnqueueAsync(new JobRequest { Method = "steps.take" });
        await using var page = await OpenAsync(job.Id);
        await Expect(Lines(page)).ToHaveTextAsync(["step 1"]);
        await Expect(page.Page.GetByText("following")).ToBeVisibleAsync();
        _goOn.Release();
        await Expect(Lines(page)).ToHaveTextAsync(["step 1", "step 2"]);
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        _goOn.Release();
        await Expect(page.Page.GetByText("2 lines")).ToBeVisibleAsync();
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_level_is_chosen_and_stands_in_the_address()
    {
        var job = await RunAsync("levels.use");
        await using var page = await OpenAsync(job.Id);
        await Expect(Lines(page)).ToHaveTextAsync(["fine", "careful", "wrong"]);
        await page.Page.GetByLabel("Level").SelectOptionAsync("warning");
        await Expect(Lines(page)).ToHaveTextAsync(["careful", "wrong"]);
        Assert.That(page.Page.Url, Does.EndWith("?part=log&level=warning"));
        await page.Page.GetByLabel("Level").SelectOptionAsync("critical");
        await Expect(page.Page.GetByText("No line of this level.")).ToBeVisibleAsync();
    }

    [Test]
    public async Task A_long_log_is_shown_from_its_end_and_leads_back_to_its_beginning()
    {
        var job = await RunAsync("much.say");
        await using var page = await OpenAsync(job.Id);
        await Expect(Lines(page)).ToHaveCountAsync(JobLog.LinesMax);
        await Expect(Lines(page).Last).ToHaveTextAsync("line 1200");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Older lines" }).ClickAsync();
        await Expect(Lines(page).Last).ToHaveTextAsync("line 700");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Older lines" }).ClickAsync();
        await Expect(Lines(page).First).ToHaveTextAsync("line 1");
        await Expect(Lines(page)).ToHaveCountAsync(200);
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "Older lines" })).ToHaveCountAsync(0);
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Go to the newest lines" }).ClickAsync();
        await Expect(Lines(page).Last).ToHaveTextAsync("line 1200");
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Hostile_lines_stay_text_and_fit_the_window([Values(1366, 390)] int width)
    {
        var job = await RunAsync("evil.say");
        var options = new BrowserNewContextOptions
        {
            ViewportSize = new() { Width = width, Height = 800 },
        };
        await using var page = await OpenAsync(job.Id, options);
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
        Assert.That(await page.Page.TitleAsync(), Does.StartWith("evil.say"));
    }

    [Test]
    public async Task The_whole_log_is_downloaded_as_text_and_as_NDJSON()
    {
        var job = await RunAsync("much.say");
        using var http = _broker.NewHttpClient();
        (await http.SignInAsync("ana")).Dispose();
        var text = await http.GetStringAsync($"ns/default/jobs/{job.Id}/log.txt");
        var json = await http.GetStringAsync($"ns/default/jobs/{job.Id}/log.ndjson");
        using var other = await http.GetAsync($"ns/default/jobs/{Guid.CreateVersion7()}/log.txt");
        Assert.Multiple(() =>
        {
            Assert.That(text.Split('\n')[^2], Does.EndWith(" 1 information line 1200"));
            Assert.That(json.Split('\n'), Has.Length.EqualTo(1_201));
            Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        });
    }

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

    private static Task SayMuchAsync(JobContext job)
    {
        for (var number = 1; number <= 1_200; number++)
        {
            job.Log(LogLevel.Information, $"line {number}");
        }

        return Task.CompletedTask;
    }

    private static Task SayEvilAsync(JobContext job)
    {
        job.Log(LogLevel.Information, Hostile);
        job.Log(LogLevel.Information, new string('w', 1_000_000));
        return Task.CompletedTask;
    }

    private static ILocator Lines(BrowserPage page) => page.Page.Locator(".log .message");

    private async Task<JobView> RunAsync(string method)
    {
        var job = await _broker.Admin.Jobs.EnqueueAndWaitAsync(new JobRequest { Method = method }, Wait);
        Assert.That(job.State, Is.EqualTo(JobState.Succeeded));
        return job;
    }

    private async Task<BrowserPage> OpenAsync(JobId id, BrowserNewContextOptions? options = null)
    {
        var page = await BrowserPage.SignInAsync(_broker, "ana", $"ns/default/jobs/{id}", options);
        await page.ReadyAsync();
        return page;
    }
}
