using System.Net;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Network.Tests.Topology;

namespace ScheduleZero.Network.Tests;

/// <summary>Jobs reach an agent that nobody can dial.</summary>
[CancelAfter(180_000)]
public sealed class AgentBehindNatTests
{
    private static readonly TimeSpan DialTimeout = TimeSpan.FromSeconds(2);

    [Test]
    public async Task An_agent_that_nobody_can_dial_runs_a_hundred_jobs(CancellationToken cancellationToken)
    {
        await using var site = await Site.BuildAsync(Dialler.Bridge, bridgeCount: 1, cancellationToken);
        await RequireThatNobodyDialsTheOfficeAsync(site.Network, cancellationToken);

        await RunHundredJobsAsync(site, cancellationToken);
    }

    [Test]
    public async Task The_broker_dials_the_bridge_and_nothing_inbound_is_open(CancellationToken cancellationToken)
    {
        await using var site = await Site.BuildAsync(Dialler.Broker, bridgeCount: 1, cancellationToken);
        using (var listener = site.Network.Inside.OpenSocket())
        {
            listener.Bind(new IPEndPoint(OfficeNetwork.InsideAddress, Site.RouterPort));
            listener.Listen();
            var there = (IPEndPoint)listener.LocalEndPoint!;
            Assert.That(
                await site.Network.Dmz.CanReachAsync(there, DialTimeout, cancellationToken),
                Is.False,
                "the inside can be dialled"
            );
        }

        await RunHundredJobsAsync(site, cancellationToken);
    }

    /// <summary>Shows that the router reaches the office, and that nobody beyond the router does.</summary>
    internal static async Task RequireThatNobodyDialsTheOfficeAsync(
        OfficeNetwork network,
        CancellationToken cancellationToken
    )
    {
        using var listener = network.Office.OpenSocket();
        listener.Bind(new IPEndPoint(IPAddress.Any, 0));
        listener.Listen();
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        var itself = await network.Router.CanReachAsync(
            new IPEndPoint(OfficeNetwork.OfficeAddress, port),
            DialTimeout,
            cancellationToken
        );
        Assert.That(itself, Is.True, "the router itself reaches the office");
        foreach (var address in new[] { OfficeNetwork.OfficeAddress, OfficeNetwork.RouterAddress })
        {
            var reached = await network.Dmz.CanReachAsync(
                new IPEndPoint(address, port),
                DialTimeout,
                cancellationToken
            );
            Assert.That(reached, Is.False, $"the office can be dialled at {address}");
        }
    }

    private static async Task RunHundredJobsAsync(Site site, CancellationToken cancellationToken)
    {
        var requests = Enumerable
            .Range(0, 100)
            .Select(number => new JobRequest
            {
                Method = Site.EchoMethod,
                Params = RawJson.From(new { text = $"job {number}" }),
            })
            .ToList();
        var answer = await site.Client.Jobs.EnqueueBatchAsync(requests, cancellationToken);

        for (var number = 0; number < requests.Count; number++)
        {
            var id = answer.Items[number].Id!.Value;
            var job = await site.WaitForEndAsync(id, TimeSpan.FromSeconds(60), cancellationToken);
            var attempts = await site.Client.Jobs.AttemptsAsync(id, cancellationToken);
            Assert.Multiple(() =>
            {
                Assert.That(job.State, Is.EqualTo(JobState.Succeeded), () => site.Printed());
                Assert.That(job.Result.To<string>(), Is.EqualTo($"job {number}\n"));
                Assert.That(
                    attempts.Select(attempt => attempt.Outcome),
                    Is.EqualTo(new AttemptOutcome?[] { AttemptOutcome.Succeeded })
                );
            });
        }
    }
}
