namespace ScheduleZero.Broker.Core.Access;

/// <summary>One row that shall become another, or go.</summary>
/// <param name="ExpectedVersion">Where it must stand; 0: it must not be there.</param>
/// <param name="Record">Null to forget it.</param>
public sealed record AccessChange(AccessKind Kind, string Key, long ExpectedVersion, AccessRecord? Record)
{
    public static AccessChange Add(AccessRecord record) => new(record.Kind, record.Key, 0, record);

    /// <param name="next">Made from the row at that version.</param>
    public static AccessChange Replace(AccessRecord next) => new(next.Kind, next.Key, next.Version, next);

    public static AccessChange Forget(AccessRecord record) => new(record.Kind, record.Key, record.Version, null);
}
