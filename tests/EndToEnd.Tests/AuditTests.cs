using System.Text.Json;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.EndToEnd.Tests;

public sealed class AuditTests : StageTest
{
    private const int Lives = 3;
    private const int JobsPerLife = 100;

    [Test]
    public async Task A_broker_that_is_killed_leaves_a_log_that_is_whole_and_tells_of_all_that_it_acknowledged()
    {
        var acknowledged = new HashSet<string>();
        AuditPoint? end = null;
        for (var life = 0; life < Lives; life++)
        {
            var broker = await Stage.StartBrokerAsync();
            end = (await VerifyAsync(end)).Verdict.End;
            var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var producers = Enumerable
                .Range(0, 4)
                .Select(_ => EnqueueUntilKilledAsync(acknowledged, (life + 1) * JobsPerLife, enough))
                .ToList();
            await enough.Task.WaitAsync(Deadline);
            await broker.KillAsync();
            await Task.WhenAll(producers);
        }

        await Stage.StartBrokerAsync();
        var (verdict, events) = await VerifyAsync(end);
        await TestContext.Out.WriteLineAsync(
            $"{Lives} kills, {acknowledged.Count} acknowledged jobs, {verdict.Count} events, "
                + $"{verdict.Checkpoints} checkpoints"
        );
        Assert.That(
            acknowledged,
            Is.SubsetOf(events.Where(happened => happened.Action == "jobs:run").Select(happened => happened.Object))
        );
        Assert.That(verdict.Checkpoints, Is.AtLeast(Lives - 1), "each start signs what the start before has left");
    }

    [Test]
    public async Task Bridges_and_handlers_are_noted_with_the_address_that_the_bridge_saw()
    {
        await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        await StartAgentAsync("office-7", Stage.BridgeUrl());
        await StartAgentAsync("office-8", Stage.Router);
        var (_, events) = await VerifyAsync(null);
        Assert.That(
            events
                .Where(happened => happened.Action is "bridges:open" or "sessions:open")
                .Select(happened => (happened.Actor, happened.Address)),
            Is.EqualTo(
                new[]
                {
                    ("bridge:bridge", null),
                    ("handler:office-7", "127.0.0.1"),
                    ("handler:office-8", (string?)null),
                }
            )
        );
    }

    private async Task EnqueueUntilKilledAsync(
        HashSet<string> acknowledged,
        int enoughCount,
        TaskCompletionSource enough
    )
    {
        try
        {
            while (true)
            {
                var job = await Stage.Client.Jobs.EnqueueAsync(new JobRequest { Method = "nobody.offers" });
                lock (acknowledged)
                {
                    acknowledged.Add($"job:{job.Id}");
                    if (acknowledged.Count >= enoughCount)
                    {
                        enough.TrySetResult();
                    }
                }
            }
        }
        catch (ScheduleZeroException e) when (e.Status is null)
        {
            // The Broker is gone. Requests that it had not answered do not count.
        }
        catch (Exception e)
        {
            enough.TrySetException(e);
            throw;
        }
    }

    private async Task<(AuditVerdict Verdict, List<AuditEvent> Events)> VerifyAsync(AuditPoint? known)
    {
        using var copy = new MemoryStream();
        await using (var export = await Stage.Client.Audit.ExportAsync())
        {
            await export.CopyToAsync(copy);
        }

        copy.Position = 0;
        var verdict = await new AuditVerifier(
            await Stage.Client.Audit.KeysAsync(),
            known is { } point ? [point] : []
        ).VerifyAsync(copy);
        Assert.That(verdict.Fault, Is.Null);
        copy.Position = 0;
        using var lines = new StreamReader(copy);
        var events = new List<AuditEvent>();
        while (await lines.ReadLineAsync() is { } line)
        {
            events.Add(JsonSerializer.Deserialize(line, RestJson.Default.AuditEvent)!);
        }

        return (verdict, events);
    }
}
