using ScheduleZero.Contracts.Rest;
using ScheduleZero.EndToEnd.Tests.Agents;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>Backfills over the real store.</summary>
public sealed class BackfillTests : StageTest
{
    [Test]
    public async Task A_backfill_runs_each_instant_once_across_a_kill_of_the_broker_and_a_second_one_runs_nothing()
    {
        var broker = await Stage.StartBrokerAsync();
        await StartAgentAsync("office-7", Stage.Router);
        var now = TimeProvider.System.GetUtcNow();
        var schedule = new ScheduleRequest
        {
            Name = "hourly",
            Trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 * * * *" },
            Job = new JobRequest
            {
                Method = JournalingAgent.Method,
                Params = Contracts.RawJson.From(new WorkParams(20)),
            },
            StartAt = now.AddDays(1),
        };
        await Stage.Client.Schedules.CreateAsync(schedule);
        var range = new BackfillRequest(now.AddHours(-40), now, OverlapPolicy.Queue);
        var ended = await ExpectEventAsync("schedule.backfillEnded", "hourly");
        Assert.That(
            (await Stage.Client.Schedules.BackfillAsync("hourly", range)).State,
            Is.EqualTo(BackfillState.Running)
        );
        if (!ended.IsCompleted)
        {
            await broker.KillAsync();
            await Stage.StartBrokerAsync();
        }

        while ((await Stage.Client.Schedules.GetBackfillAsync("hourly")).State == BackfillState.Running)
        {
            await Task.Delay(50);
        }

        var first = await Stage.Client.Schedules.GetBackfillAsync("hourly");
        Assert.That((first.Total, first.Made + first.Present), Is.EqualTo((40L, 40L)));
        var occurrences = await Stage.Client.Schedules.OccurrencesAsync("hourly", 200);
        Assert.That(occurrences.Items.Select(item => item.Nominal).ToList(), Is.Unique.And.Count.EqualTo(40));

        await Stage.Client.Schedules.BackfillAsync("hourly", range with { Overlap = OverlapPolicy.Allow });
        while ((await Stage.Client.Schedules.GetBackfillAsync("hourly")).State == BackfillState.Running)
        {
            await Task.Delay(50);
        }

        var second = await Stage.Client.Schedules.GetBackfillAsync("hourly");
        Assert.That((second.Made, second.Present), Is.EqualTo((0L, 40L)));
    }
}
