using System.Collections.Concurrent;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Testing.Tests;

/// <summary>
/// A schedule that runs offline, with the real agent and the real Broker on both ends of a way that comes and goes.
/// </summary>
public sealed class OfflineTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly ConcurrentQueue<DateTimeOffset> _ran = [];
    private string _folder = null!;
    private ScheduleZeroSimulation _simulation = null!;
    private SimulatedHandler _box = null!;

    [SetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("schedulezero-offline-").FullName;
        _ran.Clear();
    }

    [TearDown]
    public async Task EndAsync()
    {
        await _simulation.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync(TimeSpan work, int? seed = null)
    {
        _simulation = await ScheduleZeroSimulation.StartAsync(
            seed is { } given ? new SimulationOptions { Seed = given } : null
        );
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        _box = await _simulation.AddHandlerAsync(services =>
            services
                .AddHandlerAgent(agent =>
                {
                    agent.Handler = "box";
                    agent.OfflineFolder = _folder;
                })
                .Handle<RawJson>(
                    "read",
                    async (_, job) =>
                    {
                        _ran.Enqueue(job.Schedule!.Nominal);
                        if (work > TimeSpan.Zero)
                        {
                            await Task.Delay(work, job.Time, job.CancellationToken);
                        }
                    }
                )
        );
    }

    private Task SaveAsync(MisfirePolicy misfire = MisfirePolicy.Latest) =>
        _simulation.Client.Schedules.CreateAsync(
            new ScheduleRequest
            {
                Name = "meter",
                Trigger = new TriggerRequest { Kind = TriggerKinds.Interval, Every = Every },
                Job = new JobRequest { Method = "read", Handler = "box" },
                Misfire = misfire,
                CatchUpWindow = TimeSpan.FromHours(12),
                Offline = OfflinePolicy.Run,
            }
        );

    private async Task<List<JobView>> JobsAsync()
    {
        var jobs = new List<JobView>();
        await foreach (
            var job in _simulation.Client.Jobs.ListAllAsync(new JobFilter { Schedule = "meter", Limit = 500 })
        )
        {
            jobs.Add(job);
        }

        return [.. jobs.OrderBy(job => job.Schedule!.Nominal)];
    }

    private async Task<List<OccurrenceView>> MissedAsync()
    {
        var missed = new List<OccurrenceView>();
        string? cursor = null;
        do
        {
            var page = await _simulation.Client.Schedules.OccurrencesAsync("meter", 500, cursor);
            missed.AddRange(page.Items.Where(occurrence => occurrence.Missed is not null));
            cursor = page.NextCursor;
        } while (cursor is not null);

        return missed;
    }

    [Test]
    public async Task A_handler_that_is_offline_for_an_hour_runs_its_schedule_and_1800_occurrences_stand_here_once()
    {
        await StartAsync(TimeSpan.Zero);
        await SaveAsync();
        await _simulation.AdvanceAsync(61 * Second);
        var from = _simulation.Now;
        await _box.CutConnectionAsync();
        await _simulation.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.That(
            (await JobsAsync()).Count(job => job.Schedule!.Nominal > from),
            Is.Zero,
            "nobody here knows of them yet"
        );
        await _box.MendConnectionAsync();
        await _simulation.AdvanceAsync(TimeSpan.FromMinutes(2));
        var jobs = await JobsAsync();
        var offline = jobs.FindAll(job =>
            job.Schedule!.Nominal > from && job.Schedule.Nominal <= from + TimeSpan.FromHours(1)
        );
        Assert.That(
            offline.Select(job => job.Schedule!.Nominal),
            Is.EqualTo(Enumerable.Range(0, 1800).Select(i => offline[0].Schedule!.Nominal + (i * Every)))
        );
        Assert.That(
            offline,
            Has.All.Matches<JobView>(job =>
                job is { State: JobState.Succeeded, Schedule.Origin: OccurrenceOrigin.Offline }
            )
        );
        Assert.That(_ran, Is.Unique);
        Assert.That(_ran.Order(), Is.EqualTo(jobs.Select(job => job.Schedule!.Nominal)));
        Assert.That(await MissedAsync(), Is.Empty);
    }

    [Test]
    public async Task It_goes_on_while_the_broker_is_down_and_across_a_restart_of_the_handler()
    {
        await StartAsync(TimeSpan.Zero);
        await SaveAsync(MisfirePolicy.All);
        await _simulation.AdvanceAsync(11 * Second);
        await _simulation.KillBrokerAsync();
        await _simulation.AdvanceAsync(TimeSpan.FromMinutes(5));
        await _box.KillAsync();
        await _simulation.AdvanceAsync(TimeSpan.FromMinutes(1));
        await _box.StartAsync();
        await _simulation.AdvanceAsync(TimeSpan.FromMinutes(5));
        await _simulation.StartBrokerAsync();
        await _simulation.AdvanceAsync(TimeSpan.FromMinutes(2));
        var jobs = await JobsAsync();
        Assert.That(
            jobs.Zip(jobs.Skip(1), (one, next) => next.Schedule!.Nominal - one.Schedule!.Nominal),
            Has.All.EqualTo(Every),
            "the minute in which nobody was there is made up for"
        );
        Assert.That(jobs, Has.All.Matches<JobView>(job => job.State == JobState.Succeeded));
        Assert.That(_ran, Is.Unique);
        Assert.That(jobs.Count(job => job.Schedule!.Origin == OccurrenceOrigin.Offline), Is.InRange(280, 310));
    }

    [Test]
    public async Task Without_the_option_nothing_runs_offline()
    {
        await StartAsync(TimeSpan.Zero);
        await SaveAsync();
        var saved = await _simulation.Client.Schedules.GetAsync("meter");
        await _simulation.Client.Schedules.PutAsync(
            new ScheduleRequest
            {
                Name = "meter",
                Trigger = saved.Trigger,
                Job = saved.Job,
                Offline = OfflinePolicy.Wait,
            },
            saved.Version
        );
        await _simulation.AdvanceAsync(11 * Second);
        var ran = _ran.Count;
        await _box.CutConnectionAsync();
        await _simulation.AdvanceAsync(TimeSpan.FromMinutes(5));
        Assert.That(_ran, Has.Count.EqualTo(ran));
    }

    /// <summary>
    /// Whatever befalls either side: each instant is one job, or a row, and no code ran twice but where an attempt was
    /// lost.
    /// </summary>
    [TestCaseSource(nameof(Seeds))]
    public async Task Each_instant_stands_here_once_whatever_befalls_either_side(int seed)
    {
        var chance = new Random(seed);
        await StartAsync(chance.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(chance.Next(100, 5000)), seed);
        await SaveAsync(chance.Next(2) == 0 ? MisfirePolicy.All : MisfirePolicy.Latest);
        for (var i = 0; i < 25; i++)
        {
            await BefallAsync(chance);
            await _simulation.AdvanceAsync(TimeSpan.FromMilliseconds(chance.Next(100, 60_000)));
        }

        await _box.DelayMessagesAsync(TimeSpan.Zero);
        await _box.DropMessagesAsync(0);
        await _box.MendConnectionAsync();
        if (!_simulation.IsBrokerRunning)
        {
            await _simulation.StartBrokerAsync();
        }

        if (!_box.IsRunning)
        {
            await _box.StartAsync();
        }

        await _simulation.AdvanceAsync(TimeSpan.FromMinutes(5));
        if (!_simulation.IsBrokerRunning)
        {
            await _simulation.StartBrokerAsync(); // It was to fall at its next commit.
            await _simulation.AdvanceAsync(TimeSpan.FromMinutes(5));
        }

        await _simulation.Client.Schedules.PauseAsync("meter");
        await _simulation.AdvanceAsync(TimeSpan.FromMinutes(2));
        var (jobs, missed) = (await JobsAsync(), await MissedAsync());
        Assert.That(jobs.Select(job => job.Schedule!.Nominal), Is.Unique);
        // A run of missed instants is one row.
        var notRun = missed
            .SelectMany(row => Enumerable.Range(0, (int)(row.Count ?? 1)).Select(i => row.Nominal + (i * Every)))
            .ToList();
        Assert.That(
            missed,
            Has.All.Matches<OccurrenceView>(row =>
                row.To is null || row.Nominal + ((row.Count!.Value - 1) * Every) == row.To
            )
        );
        Assert.That(jobs.Select(job => job.Schedule!.Nominal).Intersect(notRun), Is.Empty);
        var told = jobs.Select(job => job.Schedule!.Nominal).Concat(notRun).ToHashSet();
        var silent = Enumerable
            .Range(0, (int)((told.Max() - told.Min()) / Every))
            .Select(i => told.Min() + (i * Every))
            .Where(nominal => !told.Contains(nominal));
        Assert.That(
            missed.Exists(row => row.Missed!.Contains("with all", StringComparison.Ordinal)) ? [] : silent,
            Is.Empty,
            "each instant is a job or a row"
        );
        Assert.That(jobs.FindAll(job => job.State is not (JobState.Succeeded or JobState.Failed)), Is.Empty);
        var attempts = jobs.ToDictionary(job => job.Schedule!.Nominal, job => job.Attempts);
        foreach (var runs in _ran.GroupBy(nominal => nominal))
        {
            Assert.That(attempts, Does.ContainKey(runs.Key), "what ran stands here");
            Assert.That(
                runs.Count(),
                Is.LessThanOrEqualTo(attempts[runs.Key]),
                $"{runs.Key:O} ran more often than there were attempts"
            );
        }
    }

    private static IEnumerable<int> Seeds()
    {
        var count = Environment.GetEnvironmentVariable("SZ_SEEDS") is { } text ? int.Parse(text) : 10;
        var first = Environment.GetEnvironmentVariable("SZ_SEED") is { } given
            ? int.Parse(given)
            : Environment.ProcessId * 1000;
        return Enumerable.Range(first, count);
    }

    private async Task BefallAsync(Random chance)
    {
        switch (chance.Next(8))
        {
            case 0:
                await _box.CutConnectionAsync(TimeSpan.FromMilliseconds(chance.Next(100, 120_000)));
                break;
            case 1 when _box.IsRunning:
                await _box.KillAsync();
                break;
            case 2 when !_box.IsRunning:
                await _box.StartAsync();
                break;
            case 3 when _simulation.IsBrokerRunning:
                await _simulation.KillBrokerAsync();
                break;
            case 4 when _simulation.IsBrokerRunning:
                _simulation.KillBrokerAtNextCommit();
                break;
            case 5 when !_simulation.IsBrokerRunning:
                await _simulation.StartBrokerAsync();
                break;
            case 6:
                await _box.DropMessagesAsync(chance.Next(1, 4));
                break;
            default:
                await _box.DelayMessagesAsync(TimeSpan.FromMilliseconds(chance.Next(0, 2000)));
                break;
        }
    }
}
