using System.Globalization;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Pauses;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>The rows of pauses, by namespace, subject and name.</summary>
internal sealed class PauseRows : StoredKind
{
    public const string Name = "pauses";

    public override IReadOnlyList<string> Collections { get; } = [Name];

    public override IReadOnlyList<ChangeKind> Changes { get; } =
    [
        ChangeKind.OfJson<Change.PauseSaved, PauseRecord>(
            24,
            change => change.Pause,
            pause => new Change.PauseSaved(pause),
            (change, rows) =>
                rows.Put(
                    Name,
                    JsonRows.Make(KeyOf(change.Pause.Namespace, change.Pause.Subject, change.Pause.Name), change.Pause)
                )
        ),
        ChangeKind.OfJson<Change.PauseEnded>(
            25,
            (change, rows) => rows.Delete(Name, KeyOf(change.Namespace, change.Subject, change.Name))
        ),
    ];

    public override StoredState Load(StoredState state, RowLoader rows) =>
        state with
        {
            Pauses = rows.LoadJson<PauseRecord>(StoredRowKind.Pause, Name),
        };

    private static string KeyOf(string ns, PauseSubject subject, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{ns}\n{(int)subject}\n{name}");
}
