using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Storage;

/// <summary>
/// The store as the loop sees it: the state is loaded once, and every batch of changes is committed. Only one commit is
/// under way at a time.
/// </summary>
public interface IStateStore
{
    /// <summary>Loads everything that is unfinished or standing. Called once, before the first commit.</summary>
    ValueTask<StoredState> LoadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Commits the changes in their order, all or none. The changes are durable on disk when the call returns.
    /// </summary>
    /// <exception cref="StoreFailedException">Nobody knows whether the changes were committed. The failure is final:
    /// the Broker must stop, and the next start must load the state again.</exception>
    ValueTask CommitAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken);
}
