using Microsoft.Playwright;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The chain and the batch on the page of one job, in a real browser.</summary>
public sealed class JobChainTests
{
    private TestBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("vera", Roles.Viewer);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task The_chain_is_drawn_follows_its_jobs_and_leads_to_them()
    {
        var first = await EnqueueAsync("films.encode");
        var second = await EnqueueAsync("films.cut", first);
        var third = await EnqueueAsync("mail.send", second);
        await using var page = await OpenAsync(second);
        var nodes = page.Page.Locator("svg.chain a.node");
        await Expect(nodes).ToHaveCountAsync(3);
        await Expect(nodes.Nth(0)).ToContainTextAsync("Ready");
        await Expect(nodes.Nth(1)).ToContainTextAsync("this job");
        await Expect(nodes.Nth(2)).ToContainTextAsync("Scheduled");
        await Expect(page.Page.Locator("svg.chain path.line")).ToHaveCountAsync(2);
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await _broker.Admin.Jobs.CancelAsync(first);
        await Expect(nodes.Nth(0)).ToContainTextAsync("Cancelled");
        await Expect(nodes.Nth(2)).ToContainTextAsync("Cancelled");
        await nodes.Nth(2).ClickAsync();
        await page.Page.WaitForURLAsync($"**/jobs/{third}");
        await Expect(nodes.Nth(0)).ToHaveAttributeAsync("aria-label", "films.encode: Cancelled, before those");
        await Expect(nodes.Nth(2)).ToContainTextAsync("this job");
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task What_does_not_fit_is_counted_and_a_phone_has_a_list()
    {
        var job = await EnqueueAsync("films.encode");
        for (var i = 0; i < 9; i++)
        {
            await EnqueueAsync("films.cut", job);
        }

        var options = new BrowserNewContextOptions
        {
            ViewportSize = new() { Width = 390, Height = 800 },
        };
        await using var page = await OpenAsync(job, options);
        await Expect(page.Page.Locator("svg.chain")).ToBeHiddenAsync();
        var rows = page.Page.Locator(".chain-list li");
        await Expect(rows).ToHaveCountAsync(7);
        await Expect(rows.First).ToBeVisibleAsync();
        await Expect(rows.First).ToContainTextAsync("3 more run after it");
        Assert.That(await page.Page.EvaluateAsync<bool>(Widths.FitsWindow), Is.True);
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
    }

    [Test]
    public async Task A_job_alone_has_no_drawing()
    {
        await using var page = await OpenAsync(await EnqueueAsync("films.encode"));
        await page.Page.GetByText("What it asked for").WaitForAsync();
        Assert.That(await page.Page.Locator("svg.chain").CountAsync(), Is.Zero);
        Assert.That(await page.Page.Locator(".batch-bar").CountAsync(), Is.Zero);
    }

    [Test]
    public async Task A_job_of_a_batch_shows_how_the_batch_stands_with_links_to_its_jobs()
    {
        var made = await _broker.Admin.Batches.SubmitAsync(
            new BatchSubmission
            {
                Name = "<b>month-end</b>",
                Jobs = [new JobRequest { Method = "films.encode" }, new JobRequest { Method = "films.encode" }],
                OnComplete = new JobRequest { Method = "mail.send" },
            }
        );
        await _broker.Admin.Jobs.CancelAsync(made.Jobs[1]);
        await using var page = await OpenAsync(made.Jobs[0]);
        var panel = page.Page.GetByRole(AriaRole.Region, new() { Name = "Its batch" });
        await Expect(panel.Locator(".batch-bar")).ToHaveAttributeAsync("aria-label", "1 ready, 1 cancelled");
        await Expect(panel).ToContainTextAsync("<b>month-end</b>");
        await panel.Locator(".batch-counts a").First.ClickAsync();
        await page.Page.WaitForURLAsync($"**/jobs?batch={made.Batch.Id}&state=ready");
        await Expect(page.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await page.GoAsync(_broker, $"ns/default/jobs/{made.Batch.CompletionJob}");
        await page.Page.GetByRole(AriaRole.Region, new() { Name = "The batch that it completes" }).WaitForAsync();
        Assert.That(page.Complaints, Is.Empty);
    }

    private async Task<JobId> EnqueueAsync(string method, params JobId[] after) =>
        (
            await _broker.Admin.Jobs.EnqueueAsync(
                new JobRequest
                {
                    Method = method,
                    After = after.Length == 0 ? null : [.. after.Select(id => id.ToString())],
                }
            )
        ).Id;

    private async Task<BrowserPage> OpenAsync(JobId id, BrowserNewContextOptions? options = null)
    {
        var page = await BrowserPage.SignInAsync(_broker, "vera", $"ns/default/jobs/{id}", options);
        await page.ReadyAsync();
        return page;
    }
}
