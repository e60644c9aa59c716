using System.Globalization;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Dispatch;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>The rows of the starts that rate limits have counted, by namespace, scope, period and name.</summary>
internal sealed class RateRows : StoredKind
{
    public const string Name = "rates";

    public override IReadOnlyList<string> Collections { get; } = [Name];

    public override IReadOnlyList<ChangeKind> Changes { get; } =
    [
        ChangeKind.OfJson<Change.RateKept, RateRecord>(
            18,
            change => change.Rate,
            rate => new Change.RateKept(rate),
            (change, rows) => rows.Put(Name, JsonRows.Make(KeyOf(change.Rate.Of), change.Rate))
        ),
        ChangeKind.OfJson<Change.RateForgotten, RateName>(
            19,
            change => change.Of,
            name => new Change.RateForgotten(name),
            (change, rows) => rows.Delete(Name, KeyOf(change.Of))
        ),
    ];

    public override StoredState Load(StoredState state, RowLoader rows) =>
        state with
        {
            Rates = rows.LoadJson<RateRecord>(StoredRowKind.RateLimit, Name),
        };

    private static string KeyOf(RateName of) =>
        string.Create(CultureInfo.InvariantCulture, $"{of.Namespace}\n{(int)of.Scope}\n{of.Period.Ticks}\n{of.Name}");
}
