using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Testing.Tests;

/// <summary>Simulations know nothing of each other, and leave nothing.</summary>
public sealed class IsolationTests
{
    [Test]
    public async Task Simulations_run_side_by_side_each_in_its_own_time()
    {
        var ends = await Task.WhenAll(Enumerable.Range(1, 4).Select(days => Task.Run(() => LiveAsync(days))));
        Assert.That(ends, Is.EqualTo((int[])[24, 48, 72, 96]));
    }

    [Test]
    [NonParallelizable]
    public async Task Nothing_is_left_when_it_is_over()
    {
        // Other programs use the system's folder for temporary files meanwhile.
        var systemFolder = Environment.GetEnvironmentVariable("TMPDIR");
        var folder = Directory.CreateTempSubdirectory("schedulezero-isolation-");
        Environment.SetEnvironmentVariable("TMPDIR", folder.FullName);
        try
        {
            await RunAndDisposeAsync();
            Assert.That(folder.GetFileSystemInfos(), Is.Empty);
        }
        finally
        {
            Environment.SetEnvironmentVariable("TMPDIR", systemFolder);
            folder.Delete(recursive: true);
        }
    }

    private static async Task RunAndDisposeAsync()
    {
        var simulation = await ScheduleZeroSimulation.StartAsync();
        var isDisposed = new TaskCompletionSource();
        var hasStopped = new TaskCompletionSource();
        await simulation.AddHandlerAsync(services =>
            services
                .AddSingleton(new Held(isDisposed))
                .AddSingleton<Holder>()
                .AddHandlerAgent(options => options.Handler = "office-7")
                .Handle<RawJson>(
                    "work",
                    async (_, job) =>
                    {
                        job.Services.GetRequiredService<Holder>();
                        try
                        {
                            await Task.Delay(TimeSpan.FromDays(1), job.Time, job.CancellationToken);
                        }
                        finally
                        {
                            hasStopped.SetResult();
                        }
                    }
                )
        );
        await simulation.Client.Jobs.EnqueueAsync("work", 1);
        await simulation.AdvanceAsync(TimeSpan.FromMinutes(1));
        await simulation.DisposeAsync();
        await Task.WhenAll(isDisposed.Task, hasStopped.Task);
        Assert.That(simulation.Site.Driver.IsAlive, Is.False);
        await simulation.DisposeAsync();
    }

    private static async Task<int> LiveAsync(int days)
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<RawJson>(
                    "work",
                    (_, job) => Task.Delay(TimeSpan.FromMinutes(20), job.Time, job.CancellationToken)
                )
        );
        await simulation.Client.Schedules.CreateAsync(
            new ScheduleRequest
            {
                Name = "hourly",
                Trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "30 * * * *" },
                Job = new JobRequest { Method = "work" },
            }
        );
        await simulation.AdvanceAsync(TimeSpan.FromDays(days));
        return (await simulation.JobsOfAsync("hourly")).Count(job => job.State == JobState.Succeeded);
    }

    private sealed record Held(TaskCompletionSource Disposed);

    private sealed class Holder(Held held) : IDisposable
    {
        public void Dispose() => held.Disposed.SetResult();
    }
}
