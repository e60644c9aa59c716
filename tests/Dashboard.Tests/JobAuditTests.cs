using Microsoft.Playwright;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The audit events on the page of one job, in a real browser.</summary>
public sealed class JobAuditTests
{
    private TestBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _broker = await TestBroker.StartAsync();
        await _broker.AddUserAsync("ana", Roles.Admin);
        await _broker.AddUserAsync("otto", Roles.Operator);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task Events_about_the_job_are_shown_as_they_come_and_lead_to_the_audit_log()
    {
        var job = await EnqueueAsync();
        var other = await EnqueueAsync();
        await _broker.Admin.Jobs.CancelAsync(other);
        using var otto = await _broker.SignInAsync("otto", "default");
        await otto.Jobs.PrioritiseAsync(job, 5);
        await using var page = await OpenAsync("ana", job, "?part=audit");
        var actions = page.Page.Locator("table.audit tbody tr td[data-label=Action]");
        await Expect(actions).ToHaveTextAsync(["jobs:priority", "jobs:run"]);
        await Expect(page.Page.Locator("table.audit tbody tr").First).ToContainTextAsync("user:otto");
        await otto.Jobs.CancelAsync(job);
        await Expect(actions).ToHaveTextAsync(["jobs:cancel", "jobs:priority", "jobs:run"]);
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Show these in the audit log" }).ClickAsync();
        await Expect(page.Page.Locator("table.audit tbody tr")).ToHaveCountAsync(3);
        await Expect(page.Page.GetByLabel("Object")).ToHaveValueAsync($"job:{job}");
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Who_may_not_read_the_audit_log_is_offered_no_events_and_gets_none()
    {
        var job = await EnqueueAsync();
        await using var page = await OpenAsync("otto", job, "?part=audit");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Attempts" }).WaitForAsync();
        Assert.That(await page.Page.GetByRole(AriaRole.Link, new() { Name = "Audit" }).CountAsync(), Is.Zero);
        Assert.That(await page.Page.Locator("table.audit").CountAsync(), Is.Zero);
        using var otto = await _broker.SignInAsync("otto", "default");
        Assert.That(
            async () => await otto.Audit.ListInNamespaceAsync(new AuditFilter { Object = $"job:{job}" }),
            Throws.TypeOf<ScheduleZeroException>().With.Property("Code").EqualTo("forbidden")
        );
    }

    [Test]
    public async Task A_job_that_was_submitted_with_others_says_why_it_has_no_event()
    {
        var made = await _broker.Admin.Jobs.EnqueueBatchAsync([
            new JobRequest { Method = "films.encode" },
            new JobRequest { Method = "films.encode" },
        ]);
        await using var page = await OpenAsync("ana", made.Items[0].Id!.Value, "?part=audit");
        await page.Page.GetByText("No event is about this job alone").WaitForAsync();
    }

    private async Task<JobId> EnqueueAsync() =>
        (await _broker.Admin.Jobs.EnqueueAsync(new JobRequest { Method = "films.encode" })).Id;

    private async Task<BrowserPage> OpenAsync(string userName, JobId id, string query)
    {
        var page = await BrowserPage.SignInAsync(_broker, userName, $"ns/default/jobs/{id}{query}");
        await page.ReadyAsync();
        return page;
    }
}
