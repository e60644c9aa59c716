using System.Globalization;
using LiteDB;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Storage.LiteDb.Records;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>
/// The rows of users, roles, sign-ins, signing keys, enrolments, namespaces and CURVE keys, by kind and key. The field
/// <c>d</c> holds the number of the kind in one byte, then JSON of that kind's own shape. No name of a type is ever
/// read.
/// </summary>
internal sealed class AccessRows : StoredKind
{
    public const string Name = "access";

    private const string Content = "d";

    public override IReadOnlyList<string> Collections { get; } = [Name];

    public override IReadOnlyList<ChangeKind> Changes { get; } =
    [
        new ChangeKind<Change.AccessSaved>(
            16,
            (to, change) => to.Bytes(Write(change.Record)),
            (ref from) => new Change.AccessSaved(Read(from.Bytes())),
            (change, rows) =>
                rows.Put(
                    Name,
                    new BsonDocument
                    {
                        ["_id"] = KeyOf(change.Record.Kind, change.Record.Key),
                        [Content] = Write(change.Record),
                    }
                )
        ),
        ChangeKind.OfJson<Change.AccessDeleted>(
            17,
            (change, rows) => rows.Delete(Name, KeyOf(change.Kind, change.Key))
        ),
    ];

    public override StoredState Load(StoredState state, RowLoader rows) =>
        state with
        {
            Access = rows.Load(StoredRowKind.Access, Name, row => Read(row[Content].AsBinary)),
        };

    private static string KeyOf(AccessKind kind, string key) =>
        string.Create(CultureInfo.InvariantCulture, $"{(int)kind}\n{key}");

    private static byte[] Write(AccessRecord record)
    {
        var json = record switch
        {
            UserRecord user => StoredJson.Write(user),
            RoleRecord role => StoredJson.Write(role),
            SignInRecord signIn => StoredJson.Write(signIn),
            SigningKeyRecord key => StoredJson.Write(key),
            NamespaceRecord ns => StoredJson.Write(ns),
            EnrolmentRecord enrolment => StoredJson.Write(enrolment),
            CurveKeyRecord curve => StoredJson.Write(curve),
            _ => throw new ArgumentOutOfRangeException(
                nameof(record),
                record.GetType().Name,
                "A kind of row that the store does not know."
            ),
        };
        return [(byte)record.Kind, .. json];
    }

    private static AccessRecord Read(ReadOnlySpan<byte> content) =>
        (AccessKind)content[0] switch
        {
            AccessKind.User => StoredJson.Read<UserRecord>(content[1..]),
            AccessKind.Role => StoredJson.Read<RoleRecord>(content[1..]),
            AccessKind.SignIn => StoredJson.Read<SignInRecord>(content[1..]),
            AccessKind.SigningKey => StoredJson.Read<SigningKeyRecord>(content[1..]),
            AccessKind.Namespace => StoredJson.Read<NamespaceRecord>(content[1..]),
            AccessKind.Enrolment => StoredJson.Read<EnrolmentRecord>(content[1..]),
            AccessKind.CurveKey => StoredJson.Read<CurveKeyRecord>(content[1..]),
            _ => throw new InvalidDataException(
                $"The store holds a row of kind {content[0]}, which this version does not know."
            ),
        };
}
