using System.Collections.Frozen;
using LiteDB;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb.Database;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>The list of all kinds of rows beside those of jobs. A new kind is its own file and one line here.</summary>
internal static class StoredKinds
{
    /// <summary>The kinds, in the order in which a start loads them.</summary>
    public static IReadOnlyList<StoredKind> All { get; } =
    [
        new ScheduleRows(),
        new HandlerRows(),
        new KeyRows(),
        new AccessRows(),
        new DeduplicationRows(),
        new BatchRows(),
        new RateRows(),
        new CalendarRows(),
        new PauseRows(),
        new AlertRows(),
        new VersionRows(),
        new MissedRows(),
        new LogRows(),
        new AuditRows(),
    ];

    private static readonly FrozenDictionary<Type, ChangeKind> _byType = All.SelectMany(kind => kind.Changes)
        .ToFrozenDictionary(kind => kind.Type);

    private static readonly FrozenDictionary<byte, ChangeKind> _byNumber = _byType.Values.ToFrozenDictionary(kind =>
        kind.Number
    );

    private static readonly FrozenDictionary<string, StoredKind> _byCollection = All.SelectMany(kind =>
            kind.Collections.Select(collection => (collection, kind))
        )
        .ToFrozenDictionary(pair => pair.collection, pair => pair.kind, StringComparer.Ordinal);

    /// <summary>The kind of a change that is not a job's.</summary>
    public static ChangeKind KindOf(Change change) =>
        _byType.TryGetValue(change.GetType(), out var kind)
            ? kind
            : throw new ArgumentOutOfRangeException(
                nameof(change),
                change.GetType().Name,
                "A kind of change that the store does not know."
            );

    /// <summary>The kind of change that has this number in the journal.</summary>
    /// <exception cref="InvalidDataException">No kind has the number: a later version has written the
    /// journal.</exception>
    public static ChangeKind KindOf(byte number) =>
        _byNumber.TryGetValue(number, out var kind)
            ? kind
            : throw new InvalidDataException(
                $"The journal holds a change of kind {number}, which this version does not know."
            );

    /// <summary>Deletes a row with all that belongs to it, within the transaction under way.</summary>
    public static void DeleteRow(Documents documents, string collection, BsonValue id)
    {
        documents.Delete(collection, [id]);
        _byCollection[collection].DeleteBelongings(documents, id);
    }
}
