using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Testing.Tests;

/// <summary>Weeks of schedules within a test.</summary>
public sealed class ScheduleTests
{
    [Test]
    public async Task A_nightly_schedule_runs_each_night_of_a_month()
    {
        await using var simulation = await StartAsync(new(2026, 4, 1, 0, 0, 0, TimeSpan.Zero));
        await simulation.Client.Schedules.CreateAsync(Nightly("15 3 * * *", "UTC"));
        await simulation.AdvanceAsync(TimeSpan.FromDays(30));
        var jobs = await simulation.JobsOfAsync("nightly");
        Assert.That(
            jobs.Select(job => (job.State, job.StartedAt)),
            Is.EqualTo(
                Enumerable
                    .Range(1, 30)
                    .Select(day =>
                        (JobState.Succeeded, (DateTimeOffset?)new DateTimeOffset(2026, 4, day, 3, 15, 0, TimeSpan.Zero))
                    )
            )
        );
    }

    [TestCase(
        "2026-03-28T12:00Z",
        "2026-03-29T01:00Z",
        TestName = "02:30 in Berlin, which does not exist in the spring night, runs once"
    )]
    [TestCase(
        "2026-10-24T12:00Z",
        "2026-10-25T00:30Z",
        TestName = "02:30 in Berlin, which comes twice in the autumn night, runs once"
    )]
    public async Task The_night_of_the_clocks_has_one_run(string startAt, string runAt)
    {
        await using var simulation = await StartAsync(At(startAt));
        await simulation.Client.Schedules.CreateAsync(Nightly("30 2 * * *", "Europe/Berlin"));
        await simulation.AdvanceAsync(TimeSpan.FromHours(24));
        var jobs = await simulation.JobsOfAsync("nightly");
        Assert.That(jobs.Select(job => job.StartedAt), Is.EqualTo((DateTimeOffset?[])[At(runAt)]));
    }

    [Test]
    public async Task A_schedule_that_is_paused_over_a_weekend_goes_on_on_monday()
    {
        var friday = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
        await using var simulation = await StartAsync(friday);
        await simulation.Client.Schedules.CreateAsync(
            Nightly("0 3 * * *", "UTC") with
            {
                Misfire = MisfirePolicy.None,
            }
        );
        await simulation.Client.Schedules.PauseAsync(
            "nightly",
            new PauseRequest { Note = "weekend", ResumeAt = friday.AddDays(3) }
        );
        await simulation.AdvanceAsync(TimeSpan.FromDays(5));
        var jobs = await simulation.JobsOfAsync("nightly");
        Assert.That(
            jobs.Select(job => job.StartedAt!.Value.DayOfWeek),
            Is.EqualTo((DayOfWeek[])[DayOfWeek.Tuesday, DayOfWeek.Wednesday])
        );
    }

    [Test]
    public async Task A_month_of_a_schedule_each_five_minutes_misses_nothing()
    {
        await using var simulation = await StartAsync(new(2026, 3, 15, 0, 1, 0, TimeSpan.Zero));
        await simulation.AddHandlerAsync("idle", agent => agent.Handle<RawJson>("other", (_, _) => Task.CompletedTask));
        await simulation.Client.Schedules.CreateAsync(Nightly("*/5 * * * *", "Europe/Berlin"));
        await simulation.AdvanceAsync(TimeSpan.FromDays(30));
        var jobs = await simulation.JobsOfAsync("nightly");
        Assert.That(jobs, Has.Count.EqualTo(30 * 24 * 12));
        Assert.That(
            jobs.Where(job => job.State != JobState.Succeeded || job.StartedAt != job.Schedule!.Nominal),
            Is.Empty
        );
    }

    [Test]
    public async Task A_clock_that_is_set_forward_brings_a_run_forward_and_set_back_brings_none_twice()
    {
        var noon = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
        await using var simulation = await StartAsync(noon);
        await simulation.Client.Schedules.CreateAsync(Nightly("0 3 * * *", "UTC"));
        await simulation.SetClockAsync(noon.AddHours(15));
        Assert.That(await simulation.JobsOfAsync("nightly"), Has.Count.EqualTo(1), "it is three o'clock");
        await simulation.SetClockAsync(noon);
        await simulation.AdvanceAsync(TimeSpan.FromHours(20));
        Assert.That(await simulation.JobsOfAsync("nightly"), Has.Count.EqualTo(1), "it has been three o'clock before");
        await simulation.AdvanceAsync(TimeSpan.FromHours(24));
        Assert.That(await simulation.JobsOfAsync("nightly"), Has.Count.EqualTo(2));
    }

    private static DateTimeOffset At(string text) =>
        DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<ScheduleZeroSimulation> StartAsync(DateTimeOffset at)
    {
        var simulation = await ScheduleZeroSimulation.StartAsync(new SimulationOptions { StartAt = at });
        await simulation.AddHandlerAsync(
            "office-7",
            agent => agent.Handle<RawJson>("reports.render", (_, _) => Task.CompletedTask)
        );
        return simulation;
    }

    private static ScheduleRequest Nightly(string expression, string zone) =>
        new()
        {
            Name = "nightly",
            Trigger = new TriggerRequest
            {
                Kind = TriggerKinds.Cron,
                Expression = expression,
                TimeZone = zone,
            },
            Job = new JobRequest { Method = "reports.render" },
        };
}
