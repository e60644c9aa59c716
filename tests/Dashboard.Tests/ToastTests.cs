using Microsoft.Playwright;
using ScheduleZero.Contracts.Rest;
using static Microsoft.Playwright.Assertions;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The notes of a page about what somebody has just done.</summary>
public sealed class ToastTests
{
    [Test]
    public async Task A_note_of_what_was_done_goes_by_itself_and_one_of_what_went_wrong_stays()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.AddUserAsync("ana", Roles.Operator);
        var job = await broker.Admin.Jobs.EnqueueAsync(new JobRequest { Method = "films.encode" });
        await broker.Admin.Jobs.CancelAsync(job.Id);
        await using var page = await BrowserPage.SignInAsync(broker, "ana", $"ns/default/jobs/{job.Id}");
        var replay = page.Page.GetByRole(AriaRole.Button, new() { Name = "Replay", Exact = true });
        var (done, wrong) = (page.Page.Locator(".toast.ok"), page.Page.Locator(".toast.bad"));
        await replay.WaitForAsync();
        await broker.Admin.Namespaces.PatchAsync(
            "default",
            new NamespacePatch { Limits = new NamespaceLimits { WaitingJobs = 1 } }
        );
        await replay.ClickAsync();
        await done.WaitForAsync();
        await page.GoAsync(broker, $"ns/default/jobs/{job.Id}");
        await replay.ClickAsync();
        await wrong.WaitForAsync();
        await broker.Admin.Namespaces.PatchAsync("default", new NamespacePatch { Limits = new NamespaceLimits() });
        await replay.ClickAsync();
        await done.WaitForAsync();
        await Expect(done).ToHaveCountAsync(0, new() { Timeout = 60_000 });
        await Expect(wrong).ToHaveCountAsync(1);
    }
}
