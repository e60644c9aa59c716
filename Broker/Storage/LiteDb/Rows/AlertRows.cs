using System.Globalization;
using LiteDB;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Storage.LiteDb.Records;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>
/// The rows of channels, rules, open alerts and notices, by kind, namespace and key. The field <c>d</c> holds the
/// number of the kind in one byte, then JSON of that kind's own shape.
/// </summary>
internal sealed class AlertRows : StoredKind
{
    public const string Name = "alerts";

    private const string Content = "d";

    public override IReadOnlyList<string> Collections { get; } = [Name];

    public override IReadOnlyList<ChangeKind> Changes { get; } =
    [
        new ChangeKind<Change.AlertRowSaved>(
            31,
            (to, change) => to.Bytes(Write(change.Row)),
            (ref from) => new Change.AlertRowSaved(Read(from.Bytes())),
            (change, rows) =>
                rows.Put(
                    Name,
                    new BsonDocument
                    {
                        ["_id"] = KeyOf(change.Row.Kind, change.Row.Namespace, change.Row.Key),
                        [Content] = Write(change.Row),
                    }
                )
        ),
        ChangeKind.OfJson<Change.AlertRowDeleted>(
            32,
            (change, rows) => rows.Delete(Name, KeyOf(change.Kind, change.Namespace, change.Key))
        ),
    ];

    public override StoredState Load(StoredState state, RowLoader rows) =>
        state with
        {
            Alerts = rows.Load(StoredRowKind.Alert, Name, row => Read(row[Content].AsBinary)),
        };

    private static string KeyOf(AlertRowKind kind, string ns, string key) =>
        string.Create(CultureInfo.InvariantCulture, $"{(int)kind}\n{ns}\n{key}");

    private static byte[] Write(AlertRow row)
    {
        var json = row switch
        {
            AlertChannelRecord channel => StoredJson.Write(channel),
            AlertRuleRecord rule => StoredJson.Write(rule),
            AlertRecord alert => StoredJson.Write(alert),
            AlertNoticeRecord notice => StoredJson.Write(notice),
            _ => throw new ArgumentOutOfRangeException(
                nameof(row),
                row.GetType().Name,
                "A kind of row that the store does not know."
            ),
        };
        return [(byte)row.Kind, .. json];
    }

    private static AlertRow Read(ReadOnlySpan<byte> content) =>
        (AlertRowKind)content[0] switch
        {
            AlertRowKind.Channel => StoredJson.Read<AlertChannelRecord>(content[1..]),
            AlertRowKind.Rule => StoredJson.Read<AlertRuleRecord>(content[1..]),
            AlertRowKind.Alert => StoredJson.Read<AlertRecord>(content[1..]),
            AlertRowKind.Notice => StoredJson.Read<AlertNoticeRecord>(content[1..]),
            _ => throw new InvalidDataException(
                $"The store holds a row of kind {content[0]}, which this version does not know."
            ),
        };
}
