using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The list of batches and the page of one, in a real browser.</summary>
public sealed class BatchPagesTests
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
    public async Task A_batch_is_found_and_its_unfinished_jobs_are_cancelled_after_a_question()
    {
        var batch = await SubmitAsync("<b>month</b> end\u202E", 3);
        await using var page = await BrowserPage.SignInAsync(_broker, "ana", "ns/default/jobs");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Batches" }).ClickAsync();
        var row = page.Page.Locator("tbody tr", new() { HasText = "<b>month</b> end\ufffd" });
        await Expect(row).ToContainTextAsync("0 of 3");
        await row.GetByRole(AriaRole.Link).ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel the batch…" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel 3 jobs" }).ClickAsync();
        await Expect(page.Page.Locator(".title .chip").First).ToHaveTextAsync("Cancelled");
        Assert.That((await _broker.Admin.Batches.GetAsync(batch.Id)).Counts.Cancelled, Is.EqualTo(3));
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_viewer_is_offered_no_cancel()
    {
        var batch = await SubmitAsync("viewed", 1);
        await using var page = await BrowserPage.SignInAsync(_broker, "vera", $"ns/default/batches/{batch.Id}");
        await Expect(page.Page.Locator(".batch-counts li")).ToHaveCountAsync(1);
        Assert.That(await page.Page.Locator(".acts-row").CountAsync(), Is.Zero);
    }

    [Test]
    public async Task What_is_no_batch_says_so()
    {
        await using var page = await BrowserPage.SignInAsync(_broker, "ana", "ns/default/batches/nothing");
        await page.Page.GetByText("This is no batch's id").WaitForAsync();
    }

    private async Task<BatchView> SubmitAsync(string name, int count) =>
        (
            await _broker.Admin.Batches.SubmitAsync(
                new BatchSubmission
                {
                    Name = name,
                    Jobs = [.. Enumerable.Range(0, count).Select(_ => new JobRequest { Method = "films.cut" })],
                }
            )
        ).Batch;
}
