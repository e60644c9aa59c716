using System.Diagnostics;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.EndToEnd.Tests.Agents;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests.Faults;

/// <summary>
/// A handler that runs its schedule offline, while the Broker, the Bridge, and now and then the handler itself are
/// killed: the history has every instant once.
/// </summary>
[Category("Slow")]
public sealed class OfflineFaultTests : FaultCampaignTest
{
    private const string Name = "every-second";

    private readonly List<(ChildProcess Process, string Journal, long GoneAt)> _boxes = [];
    private string _key = "";

    [SetUp]
    public void Forget() => _boxes.Clear();

    [Test]
    public async Task Each_second_stands_in_the_history_once_whoever_was_killed()
    {
        var broker = await Stage.StartBrokerAsync();
        var bridge = await Stage.StartBridgeAsync();
        _key = (await Stage.CreateHandlerKeyAsync("box")).Key;
        StartBox();
        await Stage.Client.Schedules.CreateAsync(
            new ScheduleRequest
            {
                Name = Name,
                Trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "* * * * * *" },
                Job = Work(20) with { Handler = "box" },
                Misfire = MisfirePolicy.All,
                Offline = OfflinePolicy.Run,
            }
        );
        await ExecutedMoreAsync(3);
        for (var cycle = 0; cycle < Math.Max(1, Cycles / 3); cycle++)
        {
            await (Chance.Next(2) == 0 ? broker : bridge).KillAsync();
            await ExecutedMoreAsync(Chance.Next(1, 8)); // The handler runs these occurrences by itself.
            if (Chance.Next(2) == 0)
            {
                await KillBoxAsync();
                StartBox();
                await ExecutedMoreAsync(Chance.Next(1, 4));
            }

            (broker, bridge) = (
                broker.HasExited ? await Stage.StartBrokerAsync() : broker,
                bridge.HasExited ? await Stage.StartBridgeAsync() : bridge
            );
            await (await ExpectEventAsync("schedule.fired", Name)).WaitAsync(Deadline);
        }

        await Stage.Client.Schedules.PauseAsync(Name);
        await CheckAsync();
    }

    private async Task CheckAsync()
    {
        var jobs = new List<JobView>();
        do
        {
            jobs.Clear();
            await foreach (var job in Stage.Client.Jobs.ListAllAsync(new JobFilter { Schedule = Name, Limit = 500 }))
            {
                jobs.Add(job);
            }
        } while (jobs.Exists(job => job.FinishedAt is null));

        await Task.WhenAll(_boxes.ConvertAll(box => box.Process.KillAsync()));
        var executions = _boxes
            .SelectMany(box => ExecutionJournal.Read(box.Journal, Path.GetFileName(box.Journal), box.GoneAt))
            .ToList();
        var nominals = jobs.ConvertAll(job => job.Schedule!.Nominal).Order().ToList();
        await TestContext.Out.WriteLineAsync(
            $"{jobs.Count} jobs, {jobs.Count(job => job.Schedule!.Origin == OccurrenceOrigin.Offline)} of them "
                + $"offline, {executions.Count} executions, {_boxes.Count} boxes"
        );
        Assert.That(nominals, Is.Unique);
        Assert.That(
            (nominals[^1] - nominals[0]).TotalSeconds + 1,
            Is.EqualTo(nominals.Count),
            "each second from the first to the last has an occurrence"
        );
        Assert.That(jobs.Select(job => job.State).Distinct(), Is.EqualTo(new[] { JobState.Succeeded }));
        Assert.That(
            jobs.Exists(job => job.Schedule!.Origin == OccurrenceOrigin.Offline),
            "some occurrences ran offline"
        );
        Assert.That(
            executions.Select(execution => (execution.Job, execution.Token)),
            Is.Unique,
            "no attempt ran twice"
        );
        Assert.That(executions.Select(execution => execution.Job).Distinct(), Is.SubsetOf(jobs.Select(job => job.Id)));
    }

    private void StartBox()
    {
        var journal = Path.Combine(Stage.Folder, $"box-{_boxes.Count}.journal");
        var box = Stage.Start(
            "box",
            Path.Combine(AppContext.BaseDirectory, "ScheduleZero.EndToEnd.Tests"),
            [
                "--handler",
                "box",
                "--capacity",
                "10",
                "--journal",
                journal,
                "--offline",
                Path.Combine(Stage.Folder, "offline"),
                "--bridge",
                Stage.BridgeUrl(),
            ],
            ("SCHEDULEZERO_API_KEY", _key)
        );
        _boxes.Add((box, journal, long.MaxValue));
    }

    private async Task KillBoxAsync()
    {
        var box = _boxes[^1];
        await box.Process.KillAsync();
        _boxes[^1] = box with { GoneAt = Stopwatch.GetTimestamp() };
    }

    private async Task ExecutedMoreAsync(int count)
    {
        var journal = _boxes[^1].Journal;
        int Executed() => File.Exists(journal) ? File.ReadLines(journal).Count(line => line.StartsWith('E')) : 0;
        var enough = Executed() + count;
        using var limit = new CancellationTokenSource(Deadline);
        while (Executed() < enough)
        {
            await Task.Delay(50, limit.Token);
        }
    }
}
