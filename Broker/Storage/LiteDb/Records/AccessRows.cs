using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Namespaces;

namespace ScheduleZero.Broker.Storage.LiteDb.Records;

/// <summary>
/// Users, roles and their kin to and from bytes: the kind, then JSON of that kind's own shape. No name of a type is
/// ever read.
/// </summary>
internal static class AccessRows
{
    public static byte[] Write(AccessRecord record)
    {
        var json = record switch
        {
            UserRecord user => ChangeRecord.ToJson(user),
            RoleRecord role => ChangeRecord.ToJson(role),
            SignInRecord signIn => ChangeRecord.ToJson(signIn),
            SigningKeyRecord key => ChangeRecord.ToJson(key),
            NamespaceRecord ns => ChangeRecord.ToJson(ns),
            EnrolmentRecord enrolment => ChangeRecord.ToJson(enrolment),
            _ => throw new ArgumentOutOfRangeException(
                nameof(record),
                record.GetType().Name,
                "A kind of row that the store does not know."
            ),
        };
        return [(byte)record.Kind, .. json];
    }

    public static AccessRecord Read(ReadOnlySpan<byte> row) =>
        (AccessKind)row[0] switch
        {
            AccessKind.User => StoredJson.Read<UserRecord>(row[1..]),
            AccessKind.Role => StoredJson.Read<RoleRecord>(row[1..]),
            AccessKind.SignIn => StoredJson.Read<SignInRecord>(row[1..]),
            AccessKind.SigningKey => StoredJson.Read<SigningKeyRecord>(row[1..]),
            AccessKind.Namespace => StoredJson.Read<NamespaceRecord>(row[1..]),
            AccessKind.Enrolment => StoredJson.Read<EnrolmentRecord>(row[1..]),
            _ => throw new InvalidDataException(
                $"The store holds a row of kind {row[0]}, which this version does not know."
            ),
        };
}
