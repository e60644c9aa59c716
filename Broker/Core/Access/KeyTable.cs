using System.Security.Cryptography;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>Every API key, by id. Revoked ones stay, so that their holders are told why.</summary>
internal sealed class KeyTable(TimerHeap wall)
{
    private readonly Dictionary<string, Slot> _keys = new(StringComparer.Ordinal);

    public IEnumerable<KeyRecord> All => _keys.Values.Select(slot => slot.Key);

    public KeyRecord? Find(string id) => _keys.GetValueOrDefault(id)?.Key;

    /// <summary>The keys that took each other's place, dead ones too.</summary>
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

    /// <summary>The handler's key that a claim proves; null, with the code to refuse it with, otherwise.</summary>
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
