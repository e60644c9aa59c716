using System.Collections.Concurrent;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>Batches and jobs that run after each other, with real processes.</summary>
public sealed class BatchTests : StageTest
{
    private readonly ConcurrentQueue<(string Name, JobBatch? Told)> _ran = new();

    [Test]
    public async Task A_batch_runs_in_its_order_across_a_kill_of_the_Broker_and_is_completed_once()
    {
        var broker = await Stage.StartBrokerAsync();
        var key = (await Stage.CreateHandlerKeyAsync("office-7")).Key;
        var created = await Stage.Client.Batches.SubmitAsync(
            new BatchSubmission
            {
                Name = "october",
                Jobs =
                [
                    Work("last", after: ["#second", "#first"]),
                    Work("second", after: ["#first"]),
                    Work("first"),
                    Work("wrong"),
                    Work("never", after: ["#wrong"]),
                ],
                OnComplete = Work("done") with { Ref = null },
            }
        );
        Assert.That(created.Batch.Counts, Is.EqualTo(new BatchCounts { Ready = 2, Scheduled = 3 }));
        await broker.KillAsync();
        await Stage.StartBrokerAsync();
        var ended = await ExpectEventAsync("job.succeeded", created.Batch.CompletionJob!.Value.ToString());
        await using var agent = Connect(key);
        await ended.WaitAsync(Deadline);

        Assert.That(
            _ran.Select(ran => ran.Name).Where(name => name != "wrong"),
            Is.EqualTo(new[] { "first", "second", "last", "done" })
        );
        Assert.That(
            _ran.Last().Told,
            Is.EqualTo(
                new JobBatch
                {
                    Id = created.Batch.Id,
                    Name = "october",
                    Total = 5,
                    Succeeded = 3,
                    Failed = 1,
                    Cancelled = 1,
                    Expired = 0,
                }
            )
        );
        Assert.That(_ran.SkipLast(1).Select(ran => ran.Told), Is.All.Null);
        var batch = await Stage.Client.Batches.GetAsync(created.Batch.Id);
        Assert.That(
            batch.Counts,
            Is.EqualTo(
                new BatchCounts
                {
                    Succeeded = 3,
                    Failed = 1,
                    Cancelled = 1,
                }
            )
        );
        Assert.That((await Stage.Client.Batches.ListAsync()).Items, Is.EqualTo(new[] { batch }));
        var never = (
            await Stage.Client.Jobs.ListAsync(new JobFilter { Batch = batch.Id, State = JobState.Cancelled })
        ).Items.Single();
        Assert.That((never.Id, never.Error!.Type), Is.EqualTo((created.Jobs[4], "after")));
        var refused = Assert.ThrowsAsync<ScheduleZeroException>(() => Stage.Client.Batches.CancelAsync(batch.Id));
        Assert.That(refused!.Code, Is.EqualTo(ErrorCodes.Conflict));
    }

    private static JobRequest Work(string name, IReadOnlyList<string>? after = null) =>
        new()
        {
            Method = "work",
            Params = RawJson.From(name),
            Ref = name,
            After = after,
            Retry = new RetryOptions { MaxAttempts = name == "wrong" ? 1 : null },
        };

    private RunningAgent Connect(string key)
    {
        var builder = AgentBuilder.Create(options =>
        {
            options.Handler = "office-7";
            options.Bridges.Add(Stage.Router);
            options.ApiKey = key;
            options.Capacity = 4;
        });
        builder.Handle<string>(
            "work",
            (name, job) =>
            {
                _ran.Enqueue((name, job.Batch));
                return name == "wrong" ? throw new JobFailedException("wrong", "It is.") : Task.CompletedTask;
            }
        );
        return builder.Start();
    }
}
