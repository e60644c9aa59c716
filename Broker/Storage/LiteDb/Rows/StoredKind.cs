using LiteDB;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb.Database;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>
/// One kind of rows beside those of jobs: the collections in which they lie, the changes that write them, and how a
/// start of the Broker loads them. A file describes a kind whole; <see cref="StoredKinds"/> lists the kinds.
/// </summary>
internal abstract class StoredKind
{
    /// <summary>The names of the collections on disk. Permanent.</summary>
    public abstract IReadOnlyList<string> Collections { get; }

    /// <summary>The changes that write rows of this kind.</summary>
    public abstract IReadOnlyList<ChangeKind> Changes { get; }

    /// <summary>
    /// Adds the rows of this kind to the state that a start begins with. A kind that no start needs gives the state
    /// back as it is.
    /// </summary>
    public virtual StoredState Load(StoredState state, RowLoader rows) => state;

    /// <summary>
    /// Deletes what belongs to a row that was just deleted, within the transaction under way. Most kinds have nothing
    /// there.
    /// </summary>
    public virtual void DeleteBelongings(Documents documents, BsonValue id) { }
}
