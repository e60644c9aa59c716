using Microsoft.Playwright;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The list of jobs, in a real browser.</summary>
public sealed class JobsPageTests
{
    private TestBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ana", Roles.Operator);
        await _broker.AddUserAsync("vera", Roles.Viewer);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task Filters_stand_in_the_address()
    {
        var ns = await NewNamespaceAsync("filters");
        await EnqueueAsync(ns, "reports.render", 2);
        await EnqueueAsync(ns, "mail.send", 1);
        await using var page = await OpenAsync("ana", ns);
        await page.Page.GetByLabel("Method", new() { Exact = true }).FillAsync("mail.send");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Filter", Exact = true }).ClickAsync();
        await Expect(Rows(page)).ToHaveCountAsync(1);
        Assert.That(page.Page.Url, Does.EndWith($"/ui/ns/{ns}/jobs?method=mail.send"));
        await page.Page.ReloadAsync();
        await Expect(Rows(page)).ToHaveCountAsync(1);
        await Expect(page.Page.GetByLabel("Method", new() { Exact = true })).ToHaveValueAsync("mail.send");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Failed 0", Exact = true }).ClickAsync();
        await page.Page.GetByText("No job matches").WaitForAsync();
    }

    [Test]
    public async Task A_text_in_params_is_a_filter_and_goes_for_acts_too()
    {
        var ns = await NewNamespaceAsync("params");
        foreach (var month in new[] { "2026-10", "2026-11" })
        {
            await _broker
                .In(ns)
                .Jobs.EnqueueAsync(
                    new JobRequest { Method = "mail.send", Params = RawJson.Parse($$"""{"month":"{{month}}"}""") }
                );
        }

        await using var page = await OpenAsync("ana", ns);
        await Expect(Rows(page)).ToHaveCountAsync(2);
        await page.Page.GetByLabel("Text in params").FillAsync("2026-10");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Filter", Exact = true }).ClickAsync();
        await Expect(Rows(page)).ToHaveCountAsync(1);
        Assert.That(page.Page.Url, Does.EndWith($"/ui/ns/{ns}/jobs?params=2026-10"));
        await Tab(page, "Ready").WaitForAsync();
        await Button(page, "Cancel all that match…").ClickAsync();
        await Button(page, "Cancel 1 job").ClickAsync();
        await page.Page.GetByText("1 job cancelled.").WaitForAsync();
        Assert.That(
            (await _broker.In(ns).Jobs.ListAsync(new JobFilter { Params = "2026-11" })).Items.Single().State,
            Is.EqualTo(JobState.Ready)
        );
    }

    [Test]
    public async Task A_range_of_time_and_a_batch_are_filters_too()
    {
        var ns = await NewNamespaceAsync("ranges");
        var batch = await _broker
            .In(ns)
            .Batches.SubmitAsync(new BatchSubmission { Jobs = [new JobRequest { Method = "mail.send" }] });
        await EnqueueAsync(ns, "reports.render", 2);
        await using var page = await OpenAsync("ana", ns, $"?batch={batch.Batch.Id}");
        await Expect(Rows(page)).ToHaveCountAsync(1);
        await page.Page.GetByLabel("Batch").FillAsync("");
        await page.Page.GetByLabel("until").FillAsync("2020-01-01T00:00");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Filter", Exact = true }).ClickAsync();
        await page.Page.GetByText("No job matches").WaitForAsync();
        Assert.That(page.Page.Url, Does.Contain("to=2020-01-01T").And.Not.Contain("batch"));
    }

    [Test]
    public async Task Tabs_count_the_jobs_of_each_state_as_they_come_and_go()
    {
        var ns = await NewNamespaceAsync("counts");
        await EnqueueAsync(ns, "reports.render", 30);
        await EnqueueAsync(ns, "mail.send", 2);
        await using var page = await OpenAsync("vera", ns);
        await Tab(page, "Ready 32").WaitForAsync();
        await EnqueueAsync(ns, "mail.send", 1);
        await Tab(page, "Ready 33").WaitForAsync();
        await _broker.In(ns).Jobs.CancelAsync((await _broker.In(ns).Jobs.ListAsync()).Items[0].Id);
        await Tab(page, "Cancelled 1").WaitForAsync();
        await Tab(page, "Ready 32").WaitForAsync();
        await page.Page.GetByLabel("Method", new() { Exact = true }).FillAsync("mail.send");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Filter", Exact = true }).ClickAsync();
        await Tab(page, "Ready 2").WaitForAsync();
        await Tab(page, "Ready 2").ClickAsync();
        await Expect(Rows(page)).ToHaveCountAsync(2);
        await Tab(page, "Cancelled 1").WaitForAsync();
    }

    [Test]
    public async Task Tabs_say_that_there_may_be_more_than_were_counted_and_count_no_search_for_text()
    {
        var ns = await NewNamespaceAsync("many");
        await EnqueueAsync(ns, "mail.send", 501);
        await using var page = await OpenAsync("vera", ns, "?method=mail.send");
        await Tab(page, "Ready 500+").WaitForAsync();
        await page.Page.GotoAsync(page.Page.Url.Replace("method=", "q=", StringComparison.Ordinal));
        await Expect(Rows(page)).ToHaveCountAsync(25);
        await Tab(page, "Ready").WaitForAsync();
    }

    [Test]
    public async Task Pages_neither_skip_nor_repeat_jobs_while_others_come()
    {
        var ns = await NewNamespaceAsync("pages");
        await EnqueueAsync(ns, "reports.render", 30);
        await using var page = await OpenAsync("ana", ns);
        await Expect(Rows(page)).ToHaveCountAsync(25);
        var first = await IdsAsync(page);
        await EnqueueAsync(ns, "reports.render", 10);
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Older" }).ClickAsync();
        await Expect(Rows(page)).ToHaveCountAsync(5);
        var second = await IdsAsync(page);
        Assert.That(first.Concat(second).Distinct().Count(), Is.EqualTo(30));
    }

    [Test]
    public async Task New_jobs_are_announced_and_move_nothing_until_they_are_asked_for()
    {
        var ns = await NewNamespaceAsync("live");
        await EnqueueAsync(ns, "reports.render", 2);
        await using var page = await OpenAsync("ana", ns);
        await Expect(Rows(page)).ToHaveCountAsync(2);
        var before = await IdsAsync(page);
        await EnqueueAsync(ns, "reports.render", 3);
        var news = page.Page.GetByRole(AriaRole.Button, new() { Name = "3 new jobs: show" });
        await news.WaitForAsync();
        Assert.That(await IdsAsync(page), Is.EqualTo(before));
        await news.ClickAsync();
        await Expect(Rows(page)).ToHaveCountAsync(5);
    }

    [Test]
    public async Task Chosen_jobs_are_cancelled_after_a_question_that_names_their_number()
    {
        var ns = await NewNamespaceAsync("cancel");
        await EnqueueAsync(ns, "reports.render", 3);
        await using var page = await OpenAsync("ana", ns);
        await Rows(page).Nth(0).GetByRole(AriaRole.Checkbox).CheckAsync();
        await Rows(page).Nth(1).GetByRole(AriaRole.Checkbox).CheckAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel 2", Exact = true }).ClickAsync();
        await page.Page.GetByText("They do not run any more").WaitForAsync();
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel 2 jobs" }).ClickAsync();
        await page.Page.GetByText("2 jobs cancelled.").WaitForAsync();
        await Expect(page.Page.Locator("tbody .chip", new() { HasText = "Cancelled" })).ToHaveCountAsync(2);
        var jobs = (await _broker.In(ns).Jobs.ListAsync()).Items;
        Assert.Multiple(() =>
        {
            Assert.That(jobs.Count(job => job.State == JobState.Cancelled), Is.EqualTo(2));
            Assert.That(page.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task An_act_on_all_that_match_is_counted_first_and_noted_in_the_audit_log()
    {
        var ns = await NewNamespaceAsync("bulk");
        await EnqueueAsync(ns, "reports.render", 40);
        await EnqueueAsync(ns, "mail.send", 3);
        await using var page = await OpenAsync("ana", ns, "?state=ready&method=reports.render");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel all that match…" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel 40 jobs" }).ClickAsync();
        await page.Page.GetByText("40 jobs cancelled.").WaitForAsync();
        var left = (await _broker.In(ns).Jobs.ListAsync(new() { State = JobState.Ready })).Items;
        var noted = await _broker.In(ns).Audit.ListInNamespaceAsync();
        Assert.Multiple(() =>
        {
            Assert.That(left.Select(job => job.Method).Distinct(), Is.EqualTo(new[] { "mail.send" }));
            Assert.That(
                noted.Items,
                Has.Some.Matches<AuditEvent>(e => e.Actor == "user:ana" && e.Action.StartsWith("jobs:"))
            );
        });
    }

    [Test]
    public async Task The_priority_of_all_that_match_is_changed_after_a_question_that_names_their_number()
    {
        var ns = await NewNamespaceAsync("priorities");
        await EnqueueAsync(ns, "reports.render", 40);
        await EnqueueAsync(ns, "mail.send", 3);
        await using var page = await OpenAsync("ana", ns, "?state=ready&method=reports.render");
        await Button(page, "Change the priority of all that match…").ClickAsync();
        var act = Button(page, "Change the priority of 40 jobs");
        var field = page.Page.GetByRole(AriaRole.Textbox, new() { Name = "Priority" });
        await field.FillAsync("high");
        await act.ClickAsync();
        await page.Page.GetByText("Write a whole number.").WaitForAsync();
        await field.FillAsync("101");
        await act.ClickAsync();
        await page.Page.GetByText("A number from -100 to 100 is needed.").WaitForAsync();
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await field.FillAsync("−5");
        await field.PressAsync("Enter");
        await page.Page.GetByText("40 jobs with another priority.").WaitForAsync();
        var jobs = await _broker.In(ns).Jobs.ListAsync(new() { Limit = 50 });
        var noted = await _broker.In(ns).Audit.ListInNamespaceAsync(new() { Action = "jobs:priority" });
        Assert.Multiple(() =>
        {
            Assert.That(
                jobs.Items.Select(job => (job.Method, job.Priority)).Distinct(),
                Is.EquivalentTo(new[] { ("reports.render", -5), ("mail.send", 0) })
            );
            Assert.That(noted.Items, Has.Count.EqualTo(2).And.All.Property("Actor").EqualTo("user:ana"));
            Assert.That(page.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task Chosen_jobs_get_another_priority_but_one_that_ended_meanwhile()
    {
        var ns = await NewNamespaceAsync("chosen-priorities");
        await EnqueueAsync(ns, "reports.render", 2);
        await using var page = await OpenAsync("ana", ns);
        await Rows(page).Nth(0).GetByRole(AriaRole.Checkbox).CheckAsync();
        await Rows(page).Nth(1).GetByRole(AriaRole.Checkbox).CheckAsync();
        await Button(page, "Change the priority of 2").ClickAsync();
        await page.Page.GetByRole(AriaRole.Textbox, new() { Name = "Priority" }).FillAsync("7");
        var ended = (await _broker.In(ns).Jobs.ListAsync()).Items[0].Id;
        await _broker.In(ns).Jobs.CancelAsync(ended);
        await Button(page, "Change the priority of 2 jobs").ClickAsync();
        await page.Page.GetByText("1 job with another priority. 1 not:").WaitForAsync();
        Assert.That(
            (await _broker.In(ns).Jobs.ListAsync()).Items.Select(job => (job.Id == ended, job.Priority)),
            Is.EqualTo(new[] { (true, 0), (false, 7) })
        );
    }

    [Test]
    public async Task A_viewer_is_offered_no_act_and_is_refused_one_all_the_same()
    {
        var ns = await NewNamespaceAsync("viewer");
        await EnqueueAsync(ns, "reports.render", 2);
        await using var page = await OpenAsync("vera", ns);
        await Expect(Rows(page)).ToHaveCountAsync(2);
        Assert.That(await page.Page.GetByRole(AriaRole.Checkbox).CountAsync(), Is.Zero);
        Assert.That(await page.Page.Locator(".acts-bar").CountAsync(), Is.Zero);
        using var vera = await _broker.SignInAsync("vera", ns);
        var job = (await vera.Jobs.ListAsync()).Items[0].Id;
        Assert.That(
            async () => await vera.Jobs.CancelAsync(job),
            Throws.TypeOf<ScheduleZeroException>().With.Property("Code").EqualTo("forbidden")
        );
    }

    [Test]
    public async Task Hostile_text_stays_text()
    {
        const string Hostile =
            "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"
            + "\u001b[31m\u202Egnp.exe";
        await using var fleet = await TestFleet.StartAsync(_broker);
        var message = Hostile + new string('w', 100_000);
        await fleet.AddHandlerAsync(
            "evil-1",
            agent => agent.Handle<object>("evil.run", (_, _) => throw new JobFailedException("evil", message, false))
        );
        await _broker.Admin.Jobs.EnqueueAndWaitAsync(
            new JobRequest { Method = "evil.run", Tags = ["<b>bold</b>"] },
            TimeSpan.FromMinutes(1)
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
                "ns/default/jobs?method=evil.run",
                options
            );
            await Expect(Rows(page)).ToHaveCountAsync(1);
            Assert.That(await page.Page.TitleAsync(), Does.StartWith("Jobs"));
            Assert.That(await page.Page.Locator("main script, main img").CountAsync(), Is.Zero);
            Assert.That(await Rows(page).First.InnerTextAsync(), Does.Contain("<script>"));
            Assert.That(await page.Page.EvaluateAsync<bool>(Widths.FitsWindow), Is.True, $"{width} wide");
            Assert.That(page.Complaints, Is.Empty);
        }
    }

    [Test]
    public async Task Another_tenants_jobs_look_as_if_they_were_not_there()
    {
        var ns = await NewNamespaceAsync("others");
        await _broker.AddUserAsync("tom", Roles.Admin, "default");
        await using var page = await OpenAsync("tom", ns);
        await page.Page.GetByText("This does not exist, or is not open to you").First.WaitForAsync();
        Assert.That(await page.Page.Locator("select option").AllInnerTextsAsync(), Is.EqualTo(new[] { "default", ns }));
    }

    private static ILocator Button(BrowserPage page, string words) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = words, Exact = true });

    private static ILocator Tab(BrowserPage page, string words) =>
        page.Page.GetByRole(AriaRole.Link, new() { Name = words, Exact = true });

    private static ILocator Rows(BrowserPage page) => page.Page.Locator("tbody tr");

    private static async Task<string[]> IdsAsync(BrowserPage page) =>
        [.. await page.Page.Locator("tbody td .mono").EvaluateAllAsync<string[]>("all => all.map(one => one.title)")];

    private Task<BrowserPage> OpenAsync(string userName, string ns, string query = "") =>
        BrowserPage.SignInAsync(_broker, userName, $"ns/{ns}/jobs{query}");

    private async Task<string> NewNamespaceAsync(string name)
    {
        await _broker.Admin.Namespaces.CreateAsync(new NamespaceRequest { Name = name });
        return name;
    }

    private Task EnqueueAsync(string ns, string method, int count) =>
        _broker
            .In(ns)
            .Jobs.EnqueueBatchAsync([.. Enumerable.Range(0, count).Select(_ => new JobRequest { Method = method })]);
}
