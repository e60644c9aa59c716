using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>
/// Checks the proofs of enrolled keys. Each proof signs a fresh nonce, and shows a generation by which a second copy of
/// the key is found.
/// </summary>
internal sealed class EnrolledKeys(KeyTable keys, NamespaceTable namespaces, AuditLog audit)
{
    /// <summary>How long an old key stays valid beside the new key that takes its place.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromHours(24);

    /// <summary>How long a nonce is valid.</summary>
    public static readonly TimeSpan NonceLifetime = TimeSpan.FromSeconds(60);

    private readonly KeySuccession _succession = new(keys);

    private static readonly Refused Unproved = new(
        ErrorCodes.Unauthenticated,
        "The proof is not that of an enrolled key, or its nonce is not the newest of this connection."
    );

    /// <summary>
    /// Sends a nonce. An earlier nonce of the connection is not valid any more, so that there is never more than one.
    /// </summary>
    public void Challenge(Connection connection, BrokerInput.ChallengeSaid said, Decision decision)
    {
        // A revoked key gets a nonce too: only who proves to hold the key is told that it was revoked.
        if (keys.Find(said.KeyId) is not { Pair: { } pair } key)
        {
            decision.Effects.Add(
                new Effect.Send(
                    said.Connection,
                    new Refused(ErrorCodes.Unauthenticated, "There is no such enrolled key.")
                )
            );
            return;
        }

        connection.Challenge = new OpenChallenge(
            said.KeyId,
            said.Nonce,
            pair.Generation,
            decision.Now.Steady + NonceLifetime
        );
        connection.OfferedSeal = said.Seal is not null;
        var nonce = new Nonce(said.Nonce, pair.BrokerId);
        decision.Effects.Add(
            said.Seal is { } offer
                ? new Effect.SendNonce(
                    said.Connection,
                    said.KeyId,
                    nonce,
                    offer,
                    namespaces.Of(key.Namespace).Seals(key.Handler!)
                )
                : new Effect.Send(said.Connection, nonce)
        );
    }

    /// <summary>Checks the proof of a Hello.</summary>
    /// <returns>The key that the Hello proves; null, with the refusal, when it proves none.</returns>
    public KeyRecord? Check(Connection connection, BrokerInput.HelloSaid said, Decision decision, out Refused? refusal)
    {
        var (hello, proof) = (said.Hello, said.Hello.Proof!);
        refusal = Unproved;
        if (
            TakeNonce(connection, proof.KeyId, proof.Nonce, decision.Now.Steady) is not { } open
            || !Names.IsName(hello.Handler)
            || !Names.IsName(hello.Instance)
            || keys.Find(proof.KeyId) is not { Pair: { } pair } key
            || !KeyProofs.IsSignedBy(
                pair.PublicKey,
                KeyProofs.TextOfHello(pair.BrokerId, hello, proof, said.Seal),
                proof.Signature
            )
        )
        {
            return null;
        }

        refusal = CheckGeneration(key, open, proof.Generation, decision);
        return refusal is null ? keys.Find(key.Id) : null;
    }

    /// <summary>Rotates an enrolled key at its agent's request.</summary>
    /// <returns>The answer to the agent: Rotated, or Refused.</returns>
    public IBrokerMessage Rotate(Connection connection, BrokerInput.RotateSaid said, Decision decision)
    {
        var rotate = said.Rotate;
        if (
            TakeNonce(connection, rotate.KeyId, rotate.Nonce, decision.Now.Steady) is not { } open
            || keys.Find(rotate.KeyId) is not { Pair: { } pair } key
        )
        {
            return Unproved;
        }

        var text = KeyProofs.TextOfRotate(pair.BrokerId, rotate);
        if (!KeyProofs.IsSignedBy(pair.PublicKey, text, rotate.Proof))
        {
            return Unproved;
        }

        if (
            !KeyProofs.TryReadPublicKey(rotate.PublicKey, out var publicKey)
            || rotate.PublicKey == pair.PublicText
            || !KeyProofs.IsSignedBy(publicKey, text, rotate.NewProof)
        )
        {
            return new Refused(
                ErrorCodes.Invalid,
                "publicKey must be another P-256 key as SubjectPublicKeyInfo, and newProof its signature."
            );
        }

        return HelloCheck.RefusalOf(connection.RemoteAddress, key)
            ?? (said.Seal is null ? SealRules.RefusalOfUnsealed(key, namespaces.Of(key.Namespace), connection) : null)
            ?? CheckGeneration(key, open, rotate.Generation, decision)
            ?? Succeed(key, publicKey, said, decision);
    }

    /// <summary>Gives a key its next generation, and notes that the agent has the one that it showed.</summary>
    public KeyRecord Advance(KeyRecord key, long shown, int step, Decision decision)
    {
        var next = key with { Pair = key.Pair!.Advance(shown, step) };
        keys.Save(next, decision);
        return next;
    }

    /// <summary>
    /// Notes that the handler has stored the newest generation of its key, because it has spoken after the Welcome that
    /// contained the generation.
    /// </summary>
    public void Confirm(string keyId, Decision decision)
    {
        if (keys.Find(keyId) is { Pair: { } pair } key && pair.ConfirmedGeneration != pair.Generation)
        {
            keys.Save(key with { Pair = pair.Confirm() }, decision);
        }
    }

    private IBrokerMessage Succeed(KeyRecord key, byte[] publicKey, BrokerInput.RotateSaid said, Decision decision)
    {
        var now = decision.Now.Wall;
        if (
            keys.OfAccount(key.AccountOrId)
                .FirstOrDefault(other => other.IsValidAt(now) && other.Pair?.PublicText == said.Rotate.PublicKey) is
            { } made
        )
        {
            // The same agent asks again when the answer was lost on its way.
            return new Rotated(made.Id, made.Pair!.ConfirmedGeneration, key.ExpiresAt!.Value);
        }

        if (_succession.WhyNoThird(key, now) is { } refusal)
        {
            return new Refused(ErrorCodes.Conflict, refusal);
        }

        var pair = key.Pair! with
        {
            PublicKey = publicKey,
            EnrolledAt = now,
            Generation = said.Step,
            ConfirmedGeneration = said.Step,
        };
        var next = _succession.Succeed(
            key,
            Overlap,
            key with
            {
                Id = said.KeyId,
                Pair = pair,
            },
            endsBy: key.ExpiresAt,
            decision
        );
        Publish("handler.rotated", next, $"key {next.Id} takes the place of {key.Id}", decision);
        return new Rotated(next.Id, said.Step, keys.Find(key.Id)!.ExpiresAt!.Value);
    }

    // A nonce is valid for one proof only, whether the proof is right or not.
    private static OpenChallenge? TakeNonce(Connection connection, string keyId, string nonce, TimeSpan now)
    {
        var open = connection.Challenge;
        connection.Challenge = null;
        return open is not null && open.KeyId == keyId && open.Nonce == nonce && now < open.Until ? open : null;
    }

    private Refused? CheckGeneration(KeyRecord key, OpenChallenge open, long shown, Decision decision)
    {
        if (!key.IsValidAt(decision.Now.Wall))
        {
            return new Refused(
                ErrorCodes.Revoked,
                key.RevokedReason == KeyRecord.Cloned
                    ? "The key is locked, since two copies of it were at work; enrol again."
                    : "The key was revoked, or has expired."
            );
        }

        if (open.Generation != key.Pair!.Generation)
        {
            // The message may have been held up on a broken connection while the same agent came by another one, so
            // this alone does not show a copy. A copy is found by its next challenge.
            return new Refused(
                ErrorCodes.Unavailable,
                "The key was used on another connection meanwhile: say Challenge again."
            );
        }

        switch (key.Pair.StandingOf(shown))
        {
            case Standing.Current:
                return null;
            case Standing.Ahead:
                Publish(
                    "handler.refused",
                    key,
                    "it shows a generation that was never given out: was the Broker set back to a backup?",
                    decision
                );
                return new Refused(
                    ErrorCodes.Conflict,
                    "The Broker does not know this generation of the key: it was set back to a backup, or "
                        + "somebody guesses. Enrol again."
                );
            default:
                return LockCopied(key, decision);
        }
    }

    private Refused LockCopied(KeyRecord key, Decision decision)
    {
        // One of the two copies may have rotated the key: the new key is locked too.
        foreach (
            var valid in keys.OfAccount(key.AccountOrId).Where(other => other.IsValidAt(decision.Now.Wall)).ToList()
        )
        {
            keys.Save(valid with { RevokedAt = decision.Now.Wall, RevokedReason = KeyRecord.Cloned }, decision);
        }

        SessionNotes.Locked(key, audit, decision);
        Publish("handler.locked", key, $"two copies of key {key.Id} are at work", decision);
        return new Refused(ErrorCodes.Revoked, "Two copies of this key are at work. It is locked; enrol again.");
    }

    private static void Publish(string type, KeyRecord key, string detail, Decision decision) =>
        decision.Effects.Add(
            new Effect.Publish(
                new Happened(type, key.Namespace, key.Handler!, decision.Now.Wall, Handler: key.Handler, Detail: detail)
            )
        );
}
