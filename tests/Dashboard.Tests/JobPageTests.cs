using System.Net;
using Microsoft.Playwright;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The page of one job, in a real browser.</summary>
public sealed class JobPageTests
{
    private const string Hostile =
        "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"
        + "\u001b[31m\u001b]0;pwned\u0007\u202Egnp.exe";

    private const string FitsWindow = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
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
            agent =>
                agent
                    .Handle<object>("mail.send", (_, _) => Task.CompletedTask)
                    .Handle<object, object>("sums.add", (_, _) => Task.FromResult<object>(new { sum = 42 }))
                    .Handle<object>("evil.run", (_, _) => throw Evil())
                    .Handle<object>("flaky.run", (_, job) => FailFirstAsync(job))
                    .Handle<object>("stores.sync", (_, job) => RunAsync(job))
        );
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _fleet.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task A_waiting_job_says_in_words_and_with_the_gate_why_it_waits()
    {
        var job = await EnqueueAsync(new JobRequest { Method = "films.encode" });
        await using var page = await OpenAsync("ana", job.Id);
        await Expect(page.Page.Locator(".gates .holds")).ToContainTextAsync("noHandler");
        await Expect(page.Page.Locator(".gates .holds")).ToContainTextAsync("films.encode");
        await Expect(page.Page.GetByText("so far")).ToBeVisibleAsync();
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Attempts_stand_on_the_line_of_time_and_in_the_table()
    {
        var job = await _broker.Admin.Jobs.EnqueueAndWaitAsync(
            new JobRequest
            {
                Method = "flaky.run",
                Retry = new RetryOptions { FirstDelay = TimeSpan.Zero },
            },
            Wait
        );
        Assert.That(job.State, Is.EqualTo(JobState.Succeeded));
        await using var page = await OpenAsync("ana", job.Id, "?part=attempts");
        await Expect(page.Page.Locator(".time-line .who")).ToHaveTextAsync(["waiting", "1 · office-1", "2 · office-1"]);
        await Expect(page.Page.Locator(".time-line rect.bad")).ToHaveCountAsync(1);
        await Expect(page.Page.Locator(".time-line rect.ok")).ToHaveCountAsync(1);
        var rows = page.Page.Locator("tbody tr");
        await Expect(rows).ToHaveCountAsync(2);
        await Expect(rows.First).ToContainTextAsync("dmz-1");
        await Expect(rows.Last).ToContainTextAsync("not yet");
    }

    [Test]
    public async Task Progress_of_a_running_job_is_shown_as_it_comes_and_a_cancel_asks_once()
    {
        var job = await EnqueueAsync(new JobRequest { Method = "stores.sync" });
        await using var page = await OpenAsync("ana", job.Id);
        await Expect(page.Page.Locator(".progress")).ToContainTextAsync("66 %");
        await Expect(page.Page.Locator(".progress")).ToContainTextAsync("272 of 412 stores");
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel…" }).ClickAsync();
        await page.Page.GetByText("fenced off after 10 s").WaitForAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel 1 job" }).ClickAsync();
        await Expect(page.Page.Locator(".title .chip").First).ToHaveTextAsync("Cancelled");
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_finished_job_is_replayed_and_the_page_goes_to_the_new_one()
    {
        var job = await _broker.Admin.Jobs.EnqueueAndWaitAsync(new JobRequest { Method = "mail.send" }, Wait);
        await using var page = await OpenAsync("ana", job.Id);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Replay", Exact = true }).ClickAsync();
        await Expect(page.Page.Locator(".facts").GetByRole(AriaRole.Link, new() { Name = job.Id.ToString() }))
            .ToBeVisibleAsync();
        var noted = await _broker.Admin.Audit.ListInNamespaceAsync(new AuditFilter { Action = "jobs:replay" });
        Assert.That(noted.Items, Has.Some.Matches<AuditEvent>(e => e.Actor == "user:ana"));
    }

    [Test]
    public async Task A_priority_is_changed_and_what_is_wrong_with_it_stands_beside_the_field()
    {
        var job = await EnqueueAsync(new JobRequest { Method = "films.encode" });
        await using var page = await OpenAsync("ana", job.Id);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Change the priority…" }).ClickAsync();
        var field = page.Page.GetByRole(AriaRole.Textbox, new() { Name = "Priority" });
        await field.FillAsync("high");
        await field.PressAsync("Enter");
        await page.Page.GetByText("Write a whole number.").WaitForAsync();
        await field.FillAsync("101");
        await field.PressAsync("Enter");
        await Expect(page.Page.Locator("dialog .error")).ToContainTextAsync("100");
        await field.FillAsync("7");
        await field.PressAsync("Enter");
        await page.Page.GetByText("The priority is 7.").WaitForAsync();
        Assert.That((await _broker.Admin.Jobs.GetAsync(job.Id)).Priority, Is.EqualTo(7));
    }

    [Test]
    public async Task Params_and_results_fold_and_are_downloaded_whole()
    {
        var job = await _broker.Admin.Jobs.EnqueueAndWaitAsync(
            new JobRequest { Method = "sums.add", Params = RawJson.Parse("""{"of":{"a":40,"b":[2]}}""") },
            Wait
        );
        await using var page = await OpenAsync("ana", job.Id, "?part=params");
        await Expect(page.Page.Locator(".json .number").First).ToHaveTextAsync("40");
        await page.Page.Locator(".json summary").First.ClickAsync();
        await Expect(page.Page.Locator(".json .number").First).ToBeHiddenAsync();
        var download = await page.Page.RunAndWaitForDownloadAsync(() =>
            page.Page.GetByRole(AriaRole.Link, new() { Name = "Download" }).ClickAsync()
        );
        await using var file = await download.CreateReadStreamAsync();
        using var text = new StreamReader(file);
        Assert.That(await text.ReadToEndAsync(), Is.EqualTo("""{"of":{"a":40,"b":[2]}}"""));
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Result" }).ClickAsync();
        await Expect(page.Page.Locator(".json .number").First).ToHaveTextAsync("42");
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Downloads_are_attachments_and_open_nothing_of_others()
    {
        var job = await EnqueueAsync(new JobRequest { Method = "films.encode" });
        await _broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = "elsewhere" });
        await _broker.AddUserAsync("tom", Roles.Admin, "elsewhere");
        using var ana = _broker.NewHttpClient();
        (await ana.SignInAsync("ana")).Dispose();
        using var tom = _broker.NewHttpClient();
        (await tom.SignInAsync("tom")).Dispose();
        using var stranger = _broker.NewHttpClient();
        var path = $"ns/default/jobs/{job.Id}/params.json";
        using var mine = await ana.GetAsync(path);
        using var missing = await ana.GetAsync($"ns/default/jobs/{job.Id}/result.json");
        using var noId = await ana.GetAsync("ns/default/jobs/none/params.json");
        using var others = await tom.GetAsync(path);
        using var nobodys = await stranger.GetAsync(path);
        Assert.Multiple(() =>
        {
            Assert.That(mine.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(mine.Content.Headers.ContentDisposition!.DispositionType, Is.EqualTo("attachment"));
            Assert.That(mine.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo(new[] { "nosniff" }));
            Assert.That(missing.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(noId.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(others.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(nobodys.StatusCode, Is.EqualTo(HttpStatusCode.Redirect));
        });
    }

    [Test]
    public async Task A_viewer_is_offered_no_act()
    {
        var job = await EnqueueAsync(new JobRequest { Method = "films.encode" });
        await using var page = await OpenAsync("vera", job.Id);
        await Expect(page.Page.Locator(".gates .holds")).ToBeVisibleAsync();
        Assert.That(await page.Page.Locator(".acts-row").CountAsync(), Is.Zero);
    }

    [Test]
    public async Task What_is_no_job_says_so()
    {
        await using var page = await BrowserPage.SignInAsync(_broker, "ana", "ns/default/jobs/nothing");
        await page.Page.GetByText("This is no job's id").WaitForAsync();
        await page.Page.GotoAsync(new Uri(_broker.Pages, $"ns/default/jobs/{Guid.CreateVersion7()}").ToString());
        await page.Page.GetByText("This does not exist, or is not open to you").WaitForAsync();
    }

    [Test]
    public async Task Hostile_text_stays_text_and_fits_the_window([Values(1366, 390)] int width)
    {
        var job = await _broker.Admin.Jobs.EnqueueAndWaitAsync(
            new JobRequest
            {
                Method = "evil.run",
                Params = RawJson.From(new Dictionary<string, string> { [Hostile] = Hostile + new string('w', 90_000) }),
                Tags = ["<b>bold</b>"],
            },
            Wait
        );
        var options = new BrowserNewContextOptions
        {
            ViewportSize = new() { Width = width, Height = 800 },
        };
        await using var page = await OpenAsync("ana", job.Id, "", options);
        foreach (var part in new[] { "attempts", "params", "error" })
        {
            await page.GoAsync(_broker, $"ns/default/jobs/{job.Id}?part={part}");
            await Expect(page.Page.GetByText("<script>").First).ToBeAttachedAsync();
            var text = await page.Page.Locator("main").InnerTextAsync();
            Assert.Multiple(() =>
            {
                Assert.That(text.IndexOfAny(['\u001b', '\u202e', '\u0007']), Is.EqualTo(-1), part);
                Assert.That(text, Has.Length.LessThan(60_000), part);
            });
            Assert.That(await page.Page.EvaluateAsync<bool>(FitsWindow), Is.True, part);
            Assert.That(await page.Page.Locator("main script, main img").CountAsync(), Is.Zero);
        }

        Assert.That(page.Complaints, Is.Empty);
    }

    private static JobFailedException Evil() =>
        new("<i>evil</i>", Hostile + new string('w', 100_000), retryable: false);

    private static Task FailFirstAsync(JobContext job) =>
        job.Attempt == 1 ? throw new JobFailedException("early", "not yet") : Task.CompletedTask;

    private async Task RunAsync(JobContext job)
    {
        job.ReportProgress(66, "272 of 412 stores");
        using var either = CancellationTokenSource.CreateLinkedTokenSource(job.CancellationToken, _fleet.Stopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token);
    }

    private Task<JobView> EnqueueAsync(JobRequest job) => _broker.Admin.Jobs.EnqueueAsync(job);

    private async Task<BrowserPage> OpenAsync(
        string userName,
        JobId id,
        string query = "",
        BrowserNewContextOptions? options = null
    )
    {
        var page = await BrowserPage.SignInAsync(_broker, userName, $"ns/default/jobs/{id}{query}", options);
        await page.ReadyAsync();
        return page;
    }
}
