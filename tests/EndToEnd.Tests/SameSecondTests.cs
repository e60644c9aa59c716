using System.Globalization;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.EndToEnd.Tests.Agents;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>Many schedules that are due at once, with real processes.</summary>
public sealed class SameSecondTests : StageTest
{
    private const int Count = 500;

    [Test]
    public async Task Five_hundred_schedules_at_the_same_second_all_start_once_and_none_early()
    {
        await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        var key = (await Stage.CreateHandlerKeyAsync("tower")).Key;
        var journal = Path.Combine(Stage.Folder, "tower.journal");
        await StartAgentAsync("tower", key, journal, Count, Stage.BridgeUrl());
        var fired = await ExpectEventAsync("schedule.fired", $"bell-{Count - 1}");
        var due = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 6);
        await Stage.Client.Schedules.ApplyAsync(
            new ApplyRequest([
                .. Enumerable
                    .Range(0, Count)
                    .Select(i => new ScheduleRequest
                    {
                        Name = $"bell-{i}",
                        Trigger = new TriggerRequest { Kind = TriggerKinds.Once, At = due },
                        Job = Work(0),
                    }),
            ])
        );

        // The jobs are not asked for earlier, since the answers would be part of what is measured.
        await fired;
        var jobs = new List<JobView>();
        await UntilAsync(async () =>
        {
            jobs.Clear();
            await foreach (
                var job in Stage.Client.Jobs.ListAllAsync(new JobFilter { State = JobState.Succeeded, Limit = 500 })
            )
            {
                jobs.Add(job);
            }

            return jobs.Count == Count;
        });
        Assert.That(jobs.Select(job => job.Schedule!.Name), Is.Unique);
        Assert.That(jobs.Select(job => (job.Schedule!.Nominal, job.Attempts)), Is.All.EqualTo((due, 1)));
        Assert.That(
            ExecutionJournal.Read(journal, "tower", long.MaxValue).Select(run => run.Job),
            Is.Unique.And.Exactly(Count).Items
        );
        var late = jobs.Select(job => (job.StartedAt!.Value - due).TotalMilliseconds).Order().ToList();
        Assert.That(late[0], Is.GreaterThanOrEqualTo(0), "no job starts before its time");
        await TestContext.Out.WriteLineAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Count} started after {late[0]:0} to {late[^1]:0} ms, half of them within {late[Count / 2]:0} ms"
            )
        );
    }
}
