namespace ScheduleZero.Broker.Core.Access;

/// <summary>A change of one access row that somebody asks for: to add, to replace or to delete the row.</summary>
/// <param name="ExpectedVersion">The version that the row must have; 0 when there must be no such row yet.</param>
/// <param name="Record">The row after the change; null to delete it.</param>
public sealed record AccessChange(AccessKind Kind, string Key, long ExpectedVersion, AccessRecord? Record)
{
    public static AccessChange Add(AccessRecord record) => new(record.Kind, record.Key, 0, record);

    /// <param name="next">The new row, with the version of the row from which it was made.</param>
    public static AccessChange Replace(AccessRecord next) => new(next.Kind, next.Key, next.Version, next);

    public static AccessChange Forget(AccessRecord record) => new(record.Kind, record.Key, record.Version, null);
}
