using System.Security.Cryptography;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>
/// Holds every API key, by id. Revoked keys stay, so that their holders are told why they are refused.
/// </summary>
internal sealed class KeyTable(TimerHeap wall)
{
    private readonly Dictionary<string, Slot> _keys = new(StringComparer.Ordinal);

    public IEnumerable<KeyRecord> All => _keys.Values.Select(slot => slot.Key);

    public KeyRecord? Find(string id) => _keys.GetValueOrDefault(id)?.Key;

    /// <summary>The keys of one account, which took each other's place; also those that are no longer valid.</summary>
    public IEnumerable<KeyRecord> OfAccount(string account) => All.Where(key => key.AccountOrId == account);

    public void Restore(KeyRecord key)
    {
        var slot = new Slot(key);
        _keys[key.Id] = slot;
        if (key.RevokedAt is null && key.ExpiresAt is { } expiry)
        {
            wall.Set(slot, expiry.UtcTicks);
        }
    }

    public void Save(KeyRecord key, Decision decision)
    {
        if (_keys.TryGetValue(key.Id, out var old))
        {
            TimerHeap.Clear(old);
        }

        Restore(key);
        decision.Changes.Add(new Change.KeySaved(key));
        decision.Effects.Add(new Effect.KeyChanged(key));
    }

    /// <summary>The handler's key that a claim proves; null for a claim that proves none.</summary>
    /// <param name="code">The error code with which to refuse the claim, when the answer is null.</param>
    public KeyRecord? Check(KeyClaim? claim, DateTimeOffset now, out string code)
    {
        code = ErrorCodes.Unauthenticated;
        if (
            claim is null
            || Find(claim.KeyId) is not { Kind: KeyKind.Handler, Pair: null } key
            || !CryptographicOperations.FixedTimeEquals(key.SecretHash, claim.SecretHash)
        )
        {
            return null;
        }

        code = ErrorCodes.Revoked;
        return key.IsValidAt(now) ? key : null;
    }

    internal sealed class Slot(KeyRecord key) : Timed
    {
        public KeyRecord Key { get; } = key;
    }
}
