using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>
/// The rows of versions of schedules, by schedule and number. Of each schedule the newest
/// <see cref="Limits.ScheduleVersionsMax"/> stay.
/// </summary>
internal sealed class VersionRows : StoredKind
{
    public const string Name = "versions";

    public override IReadOnlyList<string> Collections { get; } = [Name];

    public override IReadOnlyList<ChangeKind> Changes { get; } =
    [
        ChangeKind.OfJson<Change.ScheduleVersioned, Schedule>(
            20,
            change => change.Schedule,
            schedule => new Change.ScheduleVersioned(schedule),
            (change, rows) => Write(change.Schedule, rows)
        ),
    ];

    /// <summary>Searches the versions of a schedule, newest first.</summary>
    /// <exception cref="FormatException">The cursor was not made here.</exception>
    public static Page<Schedule> Search(Documents documents, ScheduleId id, int limit, string? cursor) =>
        NumberedRows.Search(documents, Name, id, limit, cursor, JsonRows.TryRead<Schedule>);

    private static void Write(Schedule version, IRowWriter rows)
    {
        rows.Put(Name, JsonRows.Make(RowKeys.Of(version.Id.Value, version.Version), version));
        if (version.Version > Limits.ScheduleVersionsMax)
        {
            rows.Delete(Name, RowKeys.Of(version.Id.Value, version.Version - Limits.ScheduleVersionsMax));
        }
    }
}
