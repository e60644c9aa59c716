using ScheduleZero.Contracts;

namespace ScheduleZero.Testing.Tests;

/// <summary>Code that never comes back.</summary>
public sealed class StuckTests
{
    private static readonly SimulationOptions Impatient = new() { RealTimeLimit = TimeSpan.FromSeconds(2) };

    [Test]
    public async Task A_handler_that_waits_for_real_time_is_named_with_its_job_and_told_what_to_do()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync(Impatient);
        var released = new TaskCompletionSource();
        await simulation.AddHandlerAsync("office-7", agent => agent.Handle<RawJson>("hangs", (_, _) => released.Task));
        var job = await simulation.Client.Jobs.EnqueueAsync("hangs", 1);
        var before = simulation.Now;
        var stuck = Assert.ThrowsAsync<SimulationStuckException>(() => simulation.AdvanceAsync(TimeSpan.FromDays(1)));
        Assert.That(
            stuck!.Message,
            Does.Contain("office-7")
                .And.Contain($"{job.Id}")
                .And.Contain("hangs")
                .And.Contain("job.Time")
                .And.Contain("RealTimeLimit")
        );
        Assert.That(simulation.Now, Is.EqualTo(before));
        released.SetResult();
        await simulation.AdvanceAsync(TimeSpan.FromDays(1));
        await simulation.AssertSucceededAsync(job.Id);
    }

    [Test]
    public async Task A_handler_that_blocks_its_thread_is_found_too()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync(Impatient);
        using var released = new ManualResetEventSlim();
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<RawJson>(
                    "blocks",
                    (_, _) =>
                    {
                        Assert.That(released.Wait(TimeSpan.FromMinutes(1)));
                        return Task.CompletedTask;
                    }
                )
        );
        await simulation.Client.Jobs.EnqueueAsync("blocks", 1);
        Assert.ThrowsAsync<SimulationStuckException>(simulation.SettleAsync);
        released.Set();
        await simulation.SettleAsync();
    }

    [Test]
    public async Task Code_of_the_simulation_cannot_move_its_time()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await simulation.AddHandlerAsync(
            "office-7",
            agent => agent.Handle<RawJson>("moves", (_, _) => simulation.AdvanceAsync(TimeSpan.FromDays(1)))
        );
        var job = await simulation.Client.Jobs.EnqueueAsync("moves", 1);
        await simulation.SettleAsync();
        var attempts = await simulation.Client.Jobs.AttemptsAsync(job.Id);
        Assert.That(attempts[0].Error?.Message, Does.Contain("by the test"));
    }

    [Test]
    public async Task A_simulation_whose_handler_hangs_can_be_left()
    {
        var released = new TaskCompletionSource();
        var simulation = await ScheduleZeroSimulation.StartAsync(Impatient);
        await simulation.AddHandlerAsync("office-7", agent => agent.Handle<RawJson>("hangs", (_, _) => released.Task));
        await simulation.Client.Jobs.EnqueueAsync("hangs", 1);
        Assert.ThrowsAsync<SimulationStuckException>(simulation.SettleAsync);
        await simulation.DisposeAsync();
        released.SetResult();
        Assert.ThrowsAsync<ObjectDisposedException>(simulation.SettleAsync);
    }
}
