using Microsoft.Playwright;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Another time, and other params, for a job that waits, in a real browser.</summary>
public sealed class JobChangeTests
{
    private static readonly DateTimeOffset Due = new(2090, 1, 1, 12, 0, 0, TimeSpan.Zero);

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
    public async Task A_job_gets_another_time_and_other_params()
    {
        var id = await EnqueueAsync();
        await using var page = await OpenAsync("ana", id);
        await Button(page, "Change…").ClickAsync();
        Assert.That(await Axe.SeriousAsync(page.Page), Is.Empty);
        await Time(page).FillAsync("2090-01-02T13:30");
        await Params(page).FillAsync("""{"month": "2026-11"}""");
        await Button(page, "Change").ClickAsync();
        await page.Page.GetByText("The job is changed.").WaitForAsync();
        await Expect(page.Page.Locator("dialog")).ToHaveCountAsync(0);
        var job = await _broker.Admin.Jobs.GetAsync(id);
        Assert.Multiple(() =>
        {
            Assert.That(job.RunAt, Is.EqualTo(Due.AddDays(1).AddMinutes(90)));
            Assert.That(job.Params.ToString(), Is.EqualTo("""{"month": "2026-11"}"""));
            Assert.That(page.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task What_is_not_changed_stays_as_it_was_to_the_byte()
    {
        var id = await EnqueueAsync();
        await using var page = await OpenAsync("ana", id);
        await Button(page, "Change…").ClickAsync();
        await Button(page, "Change").ClickAsync();
        await page.Page.GetByText("Nothing is changed yet.").WaitForAsync();
        await Time(page).FillAsync("2090-01-01T12:00:01");
        await Button(page, "Change").ClickAsync();
        await page.Page.GetByText("The job is changed.").WaitForAsync();
        var job = await _broker.Admin.Jobs.GetAsync(id);
        Assert.That((job.RunAt, job.Params.ToString()), Is.EqualTo((Due.AddSeconds(1), """{"month":"2026-10"}""")));
    }

    [Test]
    public async Task What_makes_no_sense_stands_beside_its_field_and_what_was_typed_stays()
    {
        var id = await EnqueueAsync(
            new JobRequest
            {
                Method = "m",
                RunAt = Due,
                StartDeadline = Due.AddHours(1),
            }
        );
        await using var page = await OpenAsync("ana", id);
        await Button(page, "Change…").ClickAsync();
        await Params(page).FillAsync("{");
        await Button(page, "Change").ClickAsync();
        await page.Page.GetByText("This is no JSON").WaitForAsync();
        await Expect(Params(page)).ToHaveValueAsync("{");
        await Params(page).FillAsync("[1]");
        await Time(page).FillAsync("2090-01-01T13:00");
        await Button(page, "Change").ClickAsync();
        await page.Page.GetByText("start deadline").WaitForAsync();
        await Expect(Params(page)).ToHaveValueAsync("[1]");
    }

    [Test]
    public async Task A_job_that_somebody_else_has_changed_meanwhile_is_not_overwritten()
    {
        var id = await EnqueueAsync();
        await using var page = await OpenAsync("ana", id);
        await Button(page, "Change…").ClickAsync();
        await Params(page).FillAsync("1");
        await _broker.Admin.Jobs.ChangeAsync(id, new JobPatch { Params = RawJson.Parse("2") });
        await Button(page, "Change").ClickAsync();
        await page.Page.GetByText("Somebody has changed the job meanwhile").WaitForAsync();
        Assert.That((await _broker.Admin.Jobs.GetAsync(id)).Params.ToString(), Is.EqualTo("2"));
    }

    [Test]
    public async Task Whoever_may_not_run_jobs_is_not_offered_it()
    {
        await using var page = await OpenAsync("vera", await EnqueueAsync());
        await Expect(Button(page, "Change…")).ToHaveCountAsync(0);
    }

    private static ILocator Button(BrowserPage page, string words) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = words, Exact = true });

    private static ILocator Time(BrowserPage page) => page.Page.Locator("dialog input[type=datetime-local]");

    private static ILocator Params(BrowserPage page) => page.Page.GetByLabel("Params as JSON");

    private async Task<JobId> EnqueueAsync(JobRequest? job = null) =>
        (
            await _broker.Admin.Jobs.EnqueueAsync(
                job
                    ?? new JobRequest
                    {
                        Method = "m",
                        Params = RawJson.Parse("""{"month":"2026-10"}"""),
                        RunAt = Due,
                    }
            )
        ).Id;

    private async Task<BrowserPage> OpenAsync(string userName, JobId id)
    {
        var page = await BrowserPage.SignInAsync(
            _broker,
            userName,
            $"ns/default/jobs/{id}",
            new() { TimezoneId = "UTC" }
        );
        await page.ReadyAsync();
        return page;
    }
}
