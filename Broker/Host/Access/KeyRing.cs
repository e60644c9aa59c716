using System.Collections.Concurrent;
using System.Security.Cryptography;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>The keys that open a surface, as last committed. Safe from any thread.</summary>
internal sealed class KeyRing(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, KeyRecord> _keys = new(StringComparer.Ordinal);

    public void Put(KeyRecord key) => _keys[key.Id] = key;

    /// <summary>The key's record, if the secret is right and the key neither expired nor revoked.</summary>
    public KeyRecord? Check(ApiKey key) =>
        _keys.TryGetValue(key.Id, out var record)
        && record.Pair is null
        && CryptographicOperations.FixedTimeEquals(record.SecretHash, key.SecretHash())
        && record.IsValidAt(time.GetUtcNow())
            ? record
            : null;

    /// <summary>A bridge's key by its id, for the link's handshake.</summary>
    public KeyRecord? Find(string id) =>
        _keys.TryGetValue(id, out var record) && record.IsValidAt(time.GetUtcNow()) ? record : null;
}
