using System.Collections.Concurrent;
using System.Security.Cryptography;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>The API keys as last committed. Safe from any thread.</summary>
internal sealed class KeyRing(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, KeyRecord> _keys = new(StringComparer.Ordinal);

    private long _ends;

    /// <summary>A number that moves when a key is revoked or expires.</summary>
    public long Ends => Interlocked.Read(ref _ends);

    public void Put(KeyRecord key)
    {
        _keys[key.Id] = key;
        if (key.RevokedAt is not null)
        {
            NoteEnd();
        }
    }

    /// <summary>Notes that a key has expired, so that what it had let in is judged again.</summary>
    public void NoteEnd() => Interlocked.Increment(ref _ends);

    /// <summary>
    /// The record of a key whose secret is right and that is neither expired nor revoked; null otherwise.
    /// </summary>
    public KeyRecord? Check(ApiKey key) =>
        _keys.TryGetValue(key.Id, out var record)
        && record.Pair is null
        && CryptographicOperations.FixedTimeEquals(record.SecretHash, key.SecretHash())
        && record.IsValidAt(time.GetUtcNow())
            ? record
            : null;

    /// <summary>Whether an account has a key that is valid now.</summary>
    public bool HasValidOf(string account)
    {
        var now = time.GetUtcNow();
        return _keys.Values.Any(key => key.AccountOrId == account && key.IsValidAt(now));
    }

    /// <summary>
    /// The record of a valid key by its id alone, without a check of the secret: for a Bridge's handshake, which proves
    /// the secret later.
    /// </summary>
    public KeyRecord? Find(string id) =>
        _keys.TryGetValue(id, out var record) && record.IsValidAt(time.GetUtcNow()) ? record : null;
}
