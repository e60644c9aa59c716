using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>
/// Checks how enrolled keys prove themselves: by a nonce for each proof, and by a generation that finds the second of
/// two copies of a key.
/// </summary>
internal sealed class EnrolledKeys(KeyTable keys, AuditLog audit)
{
    /// <summary>How long an old key stays good beside the one that takes its place.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromHours(24);

    /// <summary>How long a nonce is good.</summary>
    public static readonly TimeSpan NonceLifetime = TimeSpan.FromSeconds(60);

    private readonly KeySuccession _succession = new(keys);

    private static readonly Refused Unproved = new(
        ErrorCodes.Unauthenticated,
        "The proof is not that of an enrolled key, or its nonce is not the newest of this connection."
    );

    /// <summary>
    /// Gives out a nonce. An earlier nonce of the connection is good no more, so that there is never more than one.
    /// </summary>
    public void Challenge(Connection connection, BrokerInput.ChallengeSaid said, Decision decision)
    {
        // Also for a key that was revoked: that is told to those who prove that it was theirs.
        if (keys.Find(said.KeyId)?.Pair is not { } pair)
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
        decision.Effects.Add(new Effect.Send(said.Connection, new Nonce(said.Nonce, pair.BrokerId)));
    }

    /// <summary>The key that a Hello proves; null, with the refusal, otherwise.</summary>
    public KeyRecord? Check(Connection connection, Hello hello, Decision decision, out Refused? refusal)
    {
        var proof = hello.Proof!;
        refusal = Unproved;
        if (
            TakeNonce(connection, proof.KeyId, proof.Nonce, decision.Now.Steady) is not { } open
            || !Names.IsName(hello.Handler)
            || !Names.IsName(hello.Instance)
            || keys.Find(proof.KeyId) is not { Pair: { } pair } key
            || !KeyProofs.IsSignedBy(
                pair.PublicKey,
                KeyProofs.TextOfHello(pair.BrokerId, hello, proof),
                proof.Signature
            )
        )
        {
            return null;
        }

        refusal = Judge(key, open, proof.Generation, decision);
        return refusal is null ? keys.Find(key.Id) : null;
    }

    /// <summary>The answer to a Rotate: Rotated, or Refused.</summary>
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
            ?? Judge(key, open, rotate.Generation, decision)
            ?? Succeed(key, publicKey, said, decision);
    }

    /// <summary>Gives the key its next generation; whoever showed the one before has confirmed that.</summary>
    public KeyRecord Advance(KeyRecord key, long shown, int step, Decision decision)
    {
        var next = key with { Pair = key.Pair!.Advance(shown, step) };
        keys.Save(next, decision);
        return next;
    }

    /// <summary>
    /// Notes that the handler has stored the generation of its key: it has spoken after the Welcome that brought it.
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
            // The answer was lost on its way, and the agent asks again.
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

    // A nonce is good once, whatever becomes of the proof.
    private static OpenChallenge? TakeNonce(Connection connection, string keyId, string nonce, TimeSpan now)
    {
        var open = connection.Challenge;
        connection.Challenge = null;
        return open is not null && open.KeyId == keyId && open.Nonce == nonce && now < open.Until ? open : null;
    }

    private Refused? Judge(KeyRecord key, OpenChallenge open, long shown, Decision decision)
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
            // The message may have been held up on a broken way while its own agent came by another: that is no copy. A
            // copy is found by its next challenge.
            return new Refused(
                ErrorCodes.Unavailable,
                "The key was used on another connection meanwhile: say Challenge again."
            );
        }

        switch (key.Pair.Judge(shown))
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
        // Also the key that one of the two copies may have put in the place of its own.
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
