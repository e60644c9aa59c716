using NUnit.Framework;
using ScheduleZero.Testing;

namespace ScheduleZero.TestingSample;

public sealed class NightlyReportTests
{
    private static readonly SimulationOptions TheDayBeforeTheClocksChange = new()
    {
        StartAt = new(2026, 3, 28, 0, 0, 0, TimeSpan.Zero),
    };

    [Test]
    public async Task The_report_runs_once_a_night_also_when_the_clocks_change_and_the_broker_restarts_half_way()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync(TheDayBeforeTheClocksChange);
        await simulation.AddHandlerAsync("office-7", NightlyReport.Register);
        await simulation.Client.Schedules.CreateAsync(NightlyReport.Schedule);

        // 02:30 does not exist in this night: the report begins at 03:00, which is 01:00 UTC. Six of its twelve minutes
        // later the Broker restarts.
        await simulation.AdvanceToAsync(new(2026, 3, 29, 1, 6, 0, TimeSpan.Zero));
        await simulation.RestartBrokerAsync(down: TimeSpan.FromSeconds(20));
        await simulation.AdvanceToAsync(new(2026, 3, 30, 12, 0, 0, TimeSpan.Zero));

        var jobs = await simulation.JobsOfAsync("nightly");
        Assert.That(
            jobs.Select(job => $"{job.State} at {job.FinishedAt:MM-dd HH:mm} after {job.Attempts} attempt"),
            Is.EqualTo(
                (string[])
                    [
                        "Succeeded at 03-28 01:42 after 1 attempt",
                        "Succeeded at 03-29 01:12 after 1 attempt",
                        "Succeeded at 03-30 00:42 after 1 attempt",
                    ]
            )
        );
    }

    [Test]
    public async Task A_report_whose_machine_dies_is_rendered_again()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync(TheDayBeforeTheClocksChange);
        var office = await simulation.AddHandlerAsync("office-7", NightlyReport.Register);
        var job = await simulation.Client.Jobs.EnqueueAsync(NightlyReport.Schedule.Job);

        await simulation.AdvanceAsync(TimeSpan.FromMinutes(5));
        await office.KillAsync();
        await simulation.AdvanceAsync(TimeSpan.FromMinutes(1));
        await office.StartAsync();

        var ended = await simulation.WaitForEndAsync(job.Id);
        await simulation.AssertSucceededAsync(job.Id);
        Assert.That((ended.Attempts, ended.Result.To<Report>()!.Pages), Is.EqualTo((2, 12)));
    }
}
