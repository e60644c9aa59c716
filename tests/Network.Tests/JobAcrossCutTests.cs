using System.Net;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Network.Tests.Topology;

namespace ScheduleZero.Network.Tests;

/// <summary>
/// Anything between handler and Broker may be away for a while during a job: the job still has one attempt and one
/// success.
/// </summary>
[CancelAfter(300_000)]
public sealed class JobAcrossCutTests
{
    private static readonly IPEndPoint Bridge = new(OfficeNetwork.DmzAddress, 8890);

    [Test]
    public async Task A_cut_link_and_a_lost_NAT_state_cost_no_second_attempt(
        [Values] Cut cut,
        CancellationToken cancellationToken
    )
    {
        await using var site = await Site.BuildAsync(Dialler.Bridge, bridgeCount: 1, cancellationToken);
        var job = await site.StartWaitingJobAsync(Settings.Job, cancellationToken);

        await site.Network.CutAsync(cut, cancellationToken);
        await site.Network.FlushNatAsync(cancellationToken);
        var reachable = await site.Network.Office.CanReachAsync(Bridge, TimeSpan.FromSeconds(1), cancellationToken);
        await Task.Delay(Settings.Cut - TimeSpan.FromSeconds(1), cancellationToken);
        await site.Network.MendAsync(cut, cancellationToken);

        Assert.That(reachable, Is.False, "the link was not cut");
        await RequireOneSuccessAsync(site, job, cancellationToken);
    }

    [Test]
    public async Task A_restarted_bridge_costs_no_second_attempt(
        [Values] Dialler dialler,
        CancellationToken cancellationToken
    )
    {
        await using var site = await Site.BuildAsync(dialler, bridgeCount: 1, cancellationToken);
        var job = await site.StartWaitingJobAsync(Settings.Job, cancellationToken);

        var before = await site.SessionAsync(cancellationToken);

        var exitCode = await site.Bridges["dmz-1"].StopAsync(cancellationToken);
        await site.StartBridgeAsync("dmz-1", cancellationToken);

        Assert.That(exitCode, Is.Zero);
        await site.WaitForSessionAsync(
            "the session came back",
            session => session.ConnectedAt > before.ConnectedAt && session is { State: "ready", Running: 1 },
            cancellationToken
        );
        await RequireOneSuccessAsync(site, job, cancellationToken);
    }

    [Test]
    public async Task A_restarted_broker_costs_no_second_attempt(
        [Values] Dialler dialler,
        CancellationToken cancellationToken
    )
    {
        await using var site = await Site.BuildAsync(dialler, bridgeCount: 1, cancellationToken);
        var job = await site.StartWaitingJobAsync(Settings.Job, cancellationToken);
        var before = await site.Client.StatsAsync(cancellationToken);

        var exitCode = await site.Broker.StopAsync(cancellationToken);
        await site.StartBrokerAsync(cancellationToken);

        var after = await site.Client.StatsAsync(cancellationToken);
        Assert.Multiple(() =>
        {
            Assert.That(exitCode, Is.Zero);
            Assert.That(after.StartedAt, Is.GreaterThan(before.StartedAt));
        });
        await RequireOneSuccessAsync(site, job, cancellationToken);
    }

    [Test]
    public async Task A_handler_moves_to_the_other_bridge_when_its_own_is_killed(CancellationToken cancellationToken)
    {
        await using var site = await Site.BuildAsync(Dialler.Bridge, bridgeCount: 2, cancellationToken);
        var job = await site.StartWaitingJobAsync(Settings.Job, cancellationToken);
        var used = (await site.SessionAsync(cancellationToken)).Bridge!;

        await site.Bridges[used].KillAsync();

        var other = site.Bridges.Keys.Single(name => name != used);
        await site.WaitForSessionAsync(
            "the session moved",
            session => session.Bridge == other && session is { State: "ready", Running: 1 },
            cancellationToken
        );
        await RequireOneSuccessAsync(site, job, cancellationToken);
    }

    private static async Task RequireOneSuccessAsync(Site site, JobId id, CancellationToken cancellationToken)
    {
        var job = await site.WaitForEndAsync(id, Settings.Job + TimeSpan.FromSeconds(60), cancellationToken);
        var attempts = await site.Client.Jobs.AttemptsAsync(id, cancellationToken);
        Assert.That(
            (job.State, string.Join(", ", attempts.Select(attempt => attempt.Outcome))),
            Is.EqualTo((JobState.Succeeded, "Succeeded")),
            () => site.Printed()
        );
    }
}
