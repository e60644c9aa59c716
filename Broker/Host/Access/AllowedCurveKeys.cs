using ScheduleZero.Broker.Core.Access;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>The public CURVE keys that the store lets in, as last committed. Safe from any thread.</summary>
internal sealed class AllowedCurveKeys(Roster roster, KeyRing keys, TimeProvider time)
{
    /// <summary>
    /// A number that moves when a key that was let in may be let in no more: it was revoked, it has expired, or the
    /// handler's keys that it came with have ended.
    /// </summary>
    public long Version => roster.CurveKeyChanges + keys.Ends;

    public bool Allows(string publicKey) => roster.FindCurveKey(publicKey) is { } record && IsAllowed(record);

    public bool IsAllowed(CurveKeyRecord record) =>
        (record.ExpiresAt is null || record.ExpiresAt > time.GetUtcNow())
        && (record.Account is null || keys.HasValidOf(record.Account));
}
