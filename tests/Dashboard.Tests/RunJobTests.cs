using Microsoft.Playwright;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The form that runs a job, in a real browser.</summary>
public sealed class RunJobTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromMinutes(1);

    private TestBroker _broker = null!;
    private TestFleet _fleet = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ana", Roles.Operator);
        await _broker.AddUserAsync("vera", Roles.Viewer);
        _fleet = await TestFleet.StartAsync(_broker);
        await _fleet.AddHandlerAsync(
            "office-1",
            agent => agent.Handle<Report>("reports.render", (_, _) => Task.CompletedTask)
        );
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _fleet.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task A_job_is_made_from_the_fields_of_the_methods_schema()
    {
        await using var page = await OpenAsync("ana", "?method=reports.render");
        await page.Page.GetByLabel("month").FillAsync("2026-10");
        await page.Page.GetByLabel("copies").FillAsync("three");
        await RunAsync(page);
        await page.Page.GetByText("Write a whole number.").WaitForAsync();
        await page.Page.GetByLabel("copies").FillAsync("3");
        await page.Page.GetByText("When, where and how often").ClickAsync();
        await page.Page.GetByRole(AriaRole.Textbox, new() { Name = "Delay" }).FillAsync("2 h");
        await page.Page.GetByRole(AriaRole.Textbox, new() { Name = "Tags" }).FillAsync("monthly, board");
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await RunAsync(page);
        await page.Page.Locator(".time-line").WaitForAsync();
        var job = (await _broker.Admin.Jobs.ListAsync(new() { Tag = "board", IncludeParams = true })).Items.Single();
        Assert.Multiple(() =>
        {
            Assert.That(job.Params.ToString(), Is.EqualTo("""{"month":"2026-10","copies":3}"""));
            Assert.That(job.State, Is.EqualTo(JobState.Scheduled));
            Assert.That(job.Tags, Is.EqualTo(new[] { "monthly", "board" }));
            Assert.That(page.Page.Url, Does.EndWith($"jobs/{job.Id}"));
            Assert.That(page.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task What_REST_says_against_a_field_stands_beside_it()
    {
        await using var page = await OpenAsync("ana", "?method=reports.render");
        await page.Page.GetByLabel("month").FillAsync("2026-10");
        await page.Page.GetByLabel("copies").FillAsync("1");
        await page.Page.GetByText("When, where and how often").ClickAsync();
        await page.Page.GetByRole(AriaRole.Textbox, new() { Name = "Priority" }).FillAsync("1000");
        await RunAsync(page);
        await Expect(page.Page.Locator(".field", new() { HasText = "Priority" }).Locator(".error")).ToBeVisibleAsync();
    }

    [Test]
    public async Task Params_without_a_schema_are_written_as_JSON_however_long_they_are()
    {
        await using var page = await OpenAsync("ana", "?method=films.encode");
        var json = page.Page.GetByLabel("Params as JSON");
        await json.FillAsync("{\"a\":");
        await RunAsync(page);
        await page.Page.GetByText("This is no JSON").WaitForAsync();
        await json.FillAsync($$"""{"text":"{{new string('x', 100_000)}}"}""");
        await RunAsync(page);
        await page.Page.Locator(".gates .holds").WaitForAsync();
        var job = (await _broker.Admin.Jobs.ListAsync(new() { Method = "films.encode", IncludeParams = true })).Items[
            0
        ];
        Assert.That(job.Params.Utf8.Length, Is.EqualTo(100_011));
    }

    [Test]
    public async Task Fields_and_JSON_hold_the_same()
    {
        await using var page = await OpenAsync("ana", "?method=reports.render");
        await page.Page.GetByLabel("month").FillAsync("2026-10");
        await page.Page.GetByLabel("copies").FillAsync("3");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Write as JSON" }).ClickAsync();
        var json = page.Page.GetByLabel("Params as JSON");
        await json.FillAsync("""{"month":"2026-11","copies":4}""");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Fill in fields" }).ClickAsync();
        await Expect(page.Page.GetByLabel("month")).ToHaveValueAsync("2026-11");
        await Expect(page.Page.GetByLabel("copies")).ToHaveValueAsync("4");
    }

    [Test]
    public async Task A_finished_job_is_replayed_with_other_params()
    {
        var job = await _broker.Admin.Jobs.EnqueueAndWaitAsync(
            new JobRequest { Method = "reports.render", Params = RawJson.Parse("""{"month":"2026-01","copies":1}""") },
            Wait
        );
        await using var page = await BrowserPage.SignInAsync(_broker, "ana", $"ns/default/jobs/{job.Id}");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Replay with other params…" }).ClickAsync();
        await Expect(page.Page.GetByLabel("month")).ToHaveValueAsync("2026-01");
        await page.Page.GetByLabel("month").FillAsync("2026-02");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Replay", Exact = true }).ClickAsync();
        await Expect(page.Page.Locator(".facts").GetByRole(AriaRole.Link, new() { Name = job.Id.ToString() }))
            .ToBeVisibleAsync();
        var made = (
            await _broker.Admin.Jobs.ListAsync(new() { Method = "reports.render", IncludeParams = true })
        ).Items;
        Assert.That(made.First(one => one.ReplayOf == job.Id).Params.ToString(), Does.Contain("2026-02"));
    }

    [Test]
    public async Task A_job_may_ask_for_a_rate_a_strict_key_and_jobs_to_run_after()
    {
        var first = await _broker.Admin.Jobs.EnqueueAsync(
            new JobRequest { Method = "films.encode", DeduplicationKey = "films/2026-10" }
        );
        await using var page = await OpenAsync("ana", "?method=films.cut");
        foreach (var more in new[] { "When, where and how often", "Time-out and retries", "Keys" })
        {
            await page.Page.GetByText(more).ClickAsync();
        }

        await FillAsync(page, "Runs after", "nonsense");
        await FillAsync(page, "Jitter in %", "101");
        await FillAsync(page, "Deduplication key", "films/2026-10");
        await FillAsync(page, "Rate: starts", "5");
        await RunAsync(page);
        await page.Page.GetByText("A rate limit needs a key.").WaitForAsync();
        await FillAsync(page, "Rate key", "mail");
        await FillAsync(page, "Rate: period", "1 min");
        await RunAsync(page);
        var errors = page.Page.Locator(".field .error");
        await Expect(errors).ToHaveCountAsync(2);
        await FillAsync(page, "Runs after", first.Id.ToString());
        await FillAsync(page, "Jitter in %", "0");
        await page.Page.GetByLabel("Strict").SelectOptionAsync("yes");
        await page.Page.GetByLabel("If one of them fails").SelectOptionAsync("Run");
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await RunAsync(page);
        await page.Page.GetByText("belongs to a job of another method").WaitForAsync();
        await FillAsync(page, "Deduplication key", "films/2026-11");
        await RunAsync(page);
        await page.Page.Locator("svg.chain").WaitForAsync();
        var job = (await _broker.Admin.Jobs.ListAsync(new() { Method = "films.cut" })).Items.Single();
        Assert.Multiple(() =>
        {
            Assert.That(job.After, Is.EqualTo(new[] { first.Id }));
            Assert.That(job.AfterFailure, Is.EqualTo(AfterFailure.Run));
            Assert.That(job.Retry.Jitter, Is.Zero);
            Assert.That(job.RateLimit, Is.EqualTo(new RateLimitOptions("mail", 5, TimeSpan.FromMinutes(1))));
            Assert.That(page.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task A_viewer_runs_nothing()
    {
        await using var page = await OpenAsync("vera", "?method=reports.render");
        await page.Page.GetByText("Your roles do not run jobs here").WaitForAsync();
        Assert.That(await page.Page.Locator("form.form").CountAsync(), Is.Zero);
        using var vera = await _broker.SignInAsync("vera");
        Assert.That(
            async () => await vera.Jobs.EnqueueAsync(new JobRequest { Method = "reports.render" }),
            Throws.TypeOf<ScheduleZeroException>().With.Property("Code").EqualTo("forbidden")
        );
    }

    private static Task FillAsync(BrowserPage page, string label, string text) =>
        page.Page.GetByRole(AriaRole.Textbox, new() { Name = label }).FillAsync(text);

    private static Task RunAsync(BrowserPage page) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = "Run the job" }).ClickAsync();

    private async Task<BrowserPage> OpenAsync(string userName, string query)
    {
        var page = await BrowserPage.SignInAsync(_broker, userName, $"ns/default/jobs/run{query}");
        await page.ReadyAsync();
        return page;
    }

    internal sealed record Report(string Month, int Copies);
}
