using ScheduleZero.Broker.Storage.LiteDb;

namespace ScheduleZero.Storage.Tests;

/// <summary>The order in which the storage thread does what waits for it.</summary>
public sealed class StorageThreadTests
{
    [Test]
    public async Task A_read_runs_after_one_commit_however_many_commits_wait()
    {
        var order = new List<string>();
        using var isHeld = new SemaphoreSlim(0);
        using var thread = new StorageThread(
            readsMax: 10,
            idle: _ => Timeout.InfiniteTimeSpan,
            between: () => order.Add("between"),
            failed: e => Assert.Fail(e.ToString())
        );
        Task<bool>[] turns =
        [
            thread.CommitAsync(() => isHeld.Wait(TimeSpan.FromMinutes(1)), CancellationToken.None),
            thread.CommitAsync(() => Ran("commit 1"), CancellationToken.None),
            thread.CommitAsync(() => Ran("commit 2"), CancellationToken.None),
            thread.ReadAsync(() => Ran("read 1"), CancellationToken.None),
            thread.ReadAsync(() => Ran("read 2"), CancellationToken.None),
            thread.ReadAsync(() => Ran("read 3"), CancellationToken.None),
        ];
        isHeld.Release();
        await Task.WhenAll(turns);
        await thread.StopAsync();
        string[] expected = ["between", "read 1", "commit 1", "between", "read 2", "commit 2", "between", "read 3"];
        Assert.That(order, Is.EqualTo(expected));

        bool Ran(string turn)
        {
            order.Add(turn);
            return true;
        }
    }
}
