using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Testing.Tests;

/// <summary>Acts on many jobs, through a whole Broker.</summary>
public sealed class BulkTests
{
    private static async Task<BulkActView> ActAsync(ScheduleZeroSimulation simulation, BulkActRequest request)
    {
        var act = await simulation.Client.Jobs.BeginBulkAsync(request);
        await simulation.WaitForAsync(async () =>
            (act = await simulation.Client.Jobs.GetBulkAsync(act.Id)).EndedAt is not null
        );
        return act;
    }

    private static async Task SubmitAsync(ScheduleZeroSimulation simulation, string method, int count) =>
        await simulation.Client.Jobs.EnqueueBatchAsync([
            .. Enumerable.Range(0, count).Select(_ => new JobRequest { Method = method }),
        ]);

    private static async Task<int> CountAsync(ScheduleZeroSimulation simulation, string method, JobState state)
    {
        var count = 0;
        await foreach (
            var job in simulation.Client.Jobs.ListAllAsync(
                new JobFilter
                {
                    Method = method,
                    State = state,
                    Limit = 500,
                }
            )
        )
        {
            count++;
        }

        return count;
    }

    [Test]
    public async Task All_that_match_are_cancelled_and_stay_so_after_a_kill_of_the_Broker()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await SubmitAsync(simulation, "reports.render", 1000);
        await SubmitAsync(simulation, "mail.send", 10);
        var act = await ActAsync(
            simulation,
            new BulkActRequest
            {
                Action = BulkAction.Cancel,
                Filter = new BulkFilter { Method = "reports.render" },
            }
        );
        Assert.That((act.State, act.Matched, act.Changed), Is.EqualTo((BulkActState.Finished, 1000L, 1000L)));
        await simulation.KillBrokerAsync();
        await simulation.StartBrokerAsync();
        Assert.That(await CountAsync(simulation, "reports.render", JobState.Cancelled), Is.EqualTo(1000));
        Assert.That(await CountAsync(simulation, "mail.send", JobState.Ready), Is.EqualTo(10));
    }

    [Test]
    public async Task A_replay_that_is_asked_for_again_after_a_restart_makes_no_job_twice()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await SubmitAsync(simulation, "reports.render", 50);
        await ActAsync(simulation, new BulkActRequest { Action = BulkAction.Cancel, Filter = new BulkFilter() });
        var request = new BulkActRequest
        {
            Action = BulkAction.Replay,
            Filter = new BulkFilter { State = JobState.Cancelled },
            Id = Guid.CreateVersion7(simulation.Now),
        };
        var first = await ActAsync(simulation, request);
        Assert.That((first.State, first.Matched, first.Changed), Is.EqualTo((BulkActState.Finished, 50L, 50L)));
        await simulation.RestartBrokerAsync();
        var second = await ActAsync(simulation, request);
        Assert.That((second.State, second.Matched, second.Changed), Is.EqualTo((BulkActState.Finished, 50L, 50L)));
        Assert.That(await CountAsync(simulation, "reports.render", JobState.Ready), Is.EqualTo(50));
    }

    [Test]
    public async Task A_priority_given_to_many_decides_who_goes_first()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await SubmitAsync(simulation, "slow", 3);
        var urgent = await simulation.Client.Jobs.EnqueueAsync(new JobRequest { Method = "slow", Tags = ["urgent"] });
        await ActAsync(
            simulation,
            new BulkActRequest
            {
                Action = BulkAction.Priority,
                Priority = 10,
                Filter = new BulkFilter { Tag = "urgent" },
            }
        );
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<RawJson>(
                    "slow",
                    (_, job) => Task.Delay(TimeSpan.FromMinutes(1), job.Time, job.CancellationToken)
                ),
            options => options.Capacity = 1
        );
        Assert.That((await simulation.WaitForEndAsync(urgent.Id)).State, Is.EqualTo(JobState.Succeeded));
        Assert.That(await CountAsync(simulation, "slow", JobState.Succeeded), Is.EqualTo(1), "it went first");
        var waiting = (await simulation.Client.Jobs.ListAsync(new JobFilter { State = JobState.Ready })).Items[0];
        Assert.That((await simulation.Client.Jobs.PrioritiseAsync(waiting.Id, 3)).Priority, Is.EqualTo(3));
    }
}
