using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Testing.Tests;

/// <summary>What a test is told when something is not as it expected.</summary>
public sealed class StoryTests
{
    [Test]
    public async Task A_failed_assertion_tells_the_job_s_story()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<RawJson>(
                    "fails",
                    (_, job) =>
                    {
                        job.Log(Microsoft.Extensions.Logging.LogLevel.Warning, "The paper is wet.");
                        throw new JobFailedException("wet_paper", "Nothing can be printed.", retryable: false);
                    }
                )
        );
        var job = await simulation.Client.Jobs.EnqueueAsync("fails", 1);
        await simulation.WaitForEndAsync(job.Id);
        var failure = Assert.ThrowsAsync<SimulationAssertionException>(() => simulation.AssertSucceededAsync(job.Id));
        Assert.That(
            failure!.Message,
            Does.Contain("it is Failed")
                .And.Contain("wet_paper: Nothing can be printed.")
                .And.Contain("The paper is wet.")
                .And.Contain("office-7")
                .And.Contain("job.failed")
                .And.Contain("1 of 3 attempts")
        );
    }

    [Test]
    public async Task A_wait_in_vain_ends_at_its_bound_of_virtual_time()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        var before = simulation.Now;
        var job = await simulation.Client.Jobs.EnqueueAsync("nobody.offers", 1);
        var failure = Assert.ThrowsAsync<SimulationAssertionException>(() =>
            simulation.WaitForEndAsync(job.Id, TimeSpan.FromHours(3))
        );
        Assert.That(failure!.Message, Does.Contain("did not end within 03:00:00").And.Contain("nobody.offers"));
        Assert.That(simulation.Now - before, Is.EqualTo(TimeSpan.FromHours(3)));
        Assert.ThrowsAsync<SimulationAssertionException>(() =>
            simulation.WaitForAsync(static () => false, TimeSpan.FromHours(1))
        );
    }

    [Test]
    public async Task A_wait_ends_at_the_instant_at_which_its_condition_comes_true()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        var isDone = false;
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<RawJson>(
                    "work",
                    async (_, job) =>
                    {
                        await Task.Delay(TimeSpan.FromMinutes(50), job.Time, job.CancellationToken);
                        isDone = true;
                    }
                )
        );
        var job = await simulation.Client.Jobs.EnqueueAsync("work", 1);
        await simulation.WaitForAsync(() => isDone);
        Assert.That(simulation.Now, Is.EqualTo(job.EnqueuedAt + TimeSpan.FromMinutes(50)));
    }

    [Test]
    public async Task The_timeline_tells_what_happened_in_order()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        var office = await simulation.AddHandlerAsync(
            "office-7",
            agent => agent.Handle<RawJson>("work", (_, _) => Task.CompletedTask)
        );
        await simulation.Client.Jobs.EnqueueAsync("work", 1);
        await simulation.SettleAsync();
        await office.KillAsync();
        var told = simulation
            .Timeline.Select(entry => entry.What)
            .Where(what => !what.StartsWith("handler.online", StringComparison.Ordinal))
            .Take(7);
        Assert.That(
            told,
            Is.EqualTo(
                (string[])
                    [
                        "broker.started",
                        "handler.started",
                        "job.enqueued",
                        "job.assigned",
                        "job.started",
                        "job.succeeded",
                        "handler.killed",
                    ]
            )
        );
        Assert.That(
            simulation.PrintTimeline(),
            Does.Contain("2026-01-01 00:00:00.000Z  job.succeeded").And.Contain("work  on office-7")
        );
    }
}
