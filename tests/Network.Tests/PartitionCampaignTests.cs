using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Network.Tests.Topology;

namespace ScheduleZero.Network.Tests;

/// <summary>
/// The office is cut off again and again while jobs are enqueued: no job is lost, and no job runs twice.
/// <c>SZ_PARTITIONS</c> is the number of cuts (3 by default); <c>SZ_SEED</c> repeats their moments.
/// </summary>
[CancelAfter(3_600_000)]
public sealed class PartitionCampaignTests
{
    /// <summary>
    /// The longest cut in milliseconds: short enough that a handler returns within its lease of 30 s.
    /// </summary>
    private const int CutMillisecondsMax = 15_000;

    [Test]
    public async Task Cutting_the_office_off_loses_nothing_and_runs_nothing_twice(CancellationToken cancellationToken)
    {
        var chance = new Random(Settings.Seed);
        await TestContext.Out.WriteLineAsync($"SZ_SEED={Settings.Seed} SZ_PARTITIONS={Settings.Partitions}");
        await using var site = await Site.BuildAsync(Dialler.Bridge, bridgeCount: 1, cancellationToken);
        var jobs = new List<JobId>();
        for (var partition = 0; partition < Settings.Partitions; partition++)
        {
            await EnqueueAsync(site, jobs, chance.Next(5, 40), cancellationToken);
            var cut = (Cut)chance.Next(2);
            await site.Network.CutAsync(cut, cancellationToken);
            if (chance.Next(2) == 0)
            {
                await site.Network.FlushNatAsync(cancellationToken);
            }

            await EnqueueAsync(site, jobs, chance.Next(1, 10), cancellationToken);
            await Task.Delay(chance.Next(100, CutMillisecondsMax), cancellationToken);
            await site.Network.MendAsync(cut, cancellationToken);

            // Two cuts without a pause would act like one cut that outlasts the lease.
            await site.WaitForEndAsync(jobs[^1], TimeSpan.FromSeconds(120), cancellationToken);
        }

        foreach (var id in jobs)
        {
            var job = await site.WaitForEndAsync(id, TimeSpan.FromSeconds(120), cancellationToken);
            Assert.That(
                (job.State, job.Attempts),
                Is.EqualTo((JobState.Succeeded, 1)),
                () => $"{job}\n{site.Printed()}"
            );
        }

        await TestContext.Out.WriteLineAsync($"{jobs.Count} jobs across {Settings.Partitions} partitions");
        Assert.That(
            await File.ReadAllLinesAsync(site.Notes, cancellationToken),
            Is.EquivalentTo(Enumerable.Range(0, jobs.Count).Select(number => $"job-{number}")),
            "each job ran once"
        );
    }

    private static async Task EnqueueAsync(Site site, List<JobId> jobs, int count, CancellationToken cancellationToken)
    {
        for (var i = 0; i < count; i++)
        {
            jobs.Add(
                (
                    await site.Client.Jobs.EnqueueAsync(
                        Site.NoteMethod,
                        new { text = $"job-{jobs.Count}" },
                        cancellationToken: cancellationToken
                    )
                ).Id
            );
        }
    }
}
