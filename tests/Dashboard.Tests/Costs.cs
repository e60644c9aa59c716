using System.Diagnostics;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Measures what it costs to ask REST in the same process, beside asking over the network.</summary>
[Explicit("Prints figures, and asserts none.")]
public sealed class Costs
{
    private const int Rounds = 5;
    private const int Lists = 300;

    [Test]
    public async Task A_list_of_50_jobs()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.Admin.Jobs.EnqueueBatchAsync([
            .. Enumerable.Range(0, 200).Select(_ => new JobRequest { Method = "reports.render" }),
        ]);
        for (var round = 0; round < Rounds; round++)
        {
            var network = await TimeAsync(broker.Admin);
            using var inProcess = broker.InProcessClient();
            await TestContext.Progress.WriteLineAsync(
                $"network {network:0} µs, in process {await TimeAsync(inProcess):0} µs"
            );
        }
    }

    private static async Task<double> TimeAsync(ScheduleZeroClient client)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var number = 0; number < Lists; number++)
        {
            await client.Jobs.ListAsync(new JobFilter());
        }

        return Stopwatch.GetElapsedTime(begun).TotalMicroseconds / Lists;
    }
}
