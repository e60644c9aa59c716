using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Brokers;

/// <summary>
/// The store of one start of the Broker. Commits take time; a commit that is under way ends with the process.
/// </summary>
internal sealed class SimulatedStore(World world) : IStateStore, IParamsReader, IStoreUpkeep
{
    private readonly List<Change> _pending = [];
    private TaskCompletionSource? _done;
    private bool _isClosed;

    public bool IsAtRest => _done is null;

    public ValueTask CommitAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken)
    {
        if (_done is not null && !world.Bug.SpeaksBeforeCommit)
        {
            throw new BrokenException("OneCommitAtATime", "A commit began while another was under way.");
        }

        _pending.AddRange(world.Disk.Written(world.Bug.Commit(changes)));
        if (_done is null)
        {
            _done = new TaskCompletionSource();
            world.Agenda.In(world.Disturbance.CommitTime(), Finish);
        }

        return world.Bug.SpeaksBeforeCommit ? ValueTask.CompletedTask : new ValueTask(_done.Task);
    }

    /// <summary>Stops the machine: a commit that is under way is on the disk as a whole, or not at all.</summary>
    public void Close()
    {
        if (_done is not null && !_isClosed && world.Chance.Next(2) == 0)
        {
            world.Commit(_pending);
        }

        _isClosed = true;
    }

    /// <summary>Makes the disk fail: nobody knows whether the commit that was under way is on the disk.</summary>
    public bool TryFail()
    {
        if (_done is null || _isClosed)
        {
            return false;
        }

        Close();
        _done.SetException(new StoreFailedException("The disk failed."));
        return true;
    }

    public async ValueTask<RawJson[]> ReadParamsAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken)
    {
        var wait = world.Disturbance.ReadTime();
        if (wait > TimeSpan.Zero)
        {
            var read = new TaskCompletionSource();
            world.Agenda.In(wait, read.SetResult);
            await read.Task;
        }

        return [.. ids.Select(world.Disk.ParamsOf)];
    }

    public ValueTask<StoredState> LoadAsync(CancellationToken cancellationToken) => throw NotAsked();

    public ValueTask<long> PruneAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken) =>
        throw NotAsked();

    public ValueTask<IReadOnlyDictionary<string, long>> MeasureAsync(
        IReadOnlyCollection<string> namespaces,
        CancellationToken cancellationToken
    ) => throw NotAsked();

    public ValueTask<long> PurgeAsync(string ns, CancellationToken cancellationToken) => throw NotAsked();

    public ValueTask<AuditCut?> FindAuditCutAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        throw NotAsked();

    public ValueTask<long> PruneAuditAsync(long beforeSequence, CancellationToken cancellationToken) =>
        throw NotAsked();

    private void Finish()
    {
        if (_isClosed)
        {
            return;
        }

        var (done, changes) = (_done!, _pending.ToArray());
        _done = null;
        _pending.Clear();
        world.Commit(changes);
        done.TrySetResult();
    }

    private static NotSupportedException NotAsked() => new("The loop does not ask for this.");
}
