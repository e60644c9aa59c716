using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>
/// Puts a new key in an old one's place: the same rights under another secret, and both good for a while, two at a
/// time.
/// </summary>
internal sealed class KeyRotation(KeyTable keys)
{
    /// <summary>For a key that says its secret. An agent rotates its own.</summary>
    public void Rotate(BrokerInput.RotateKey asked, Decision decision)
    {
        if (keys.Find(asked.Id) is not { } key || key.Namespace != asked.Namespace)
        {
            decision.Refuse(asked.Ticket, ErrorCodes.NotFound, $"There is no key \"{asked.Id}\".");
            return;
        }

        var refusal =
            key.Pair is not null
                ? "An enrolled key never leaves its agent, which rotates it: schedulezero agent rotate."
            : !key.IsValidAt(decision.Now.Wall) ? "The key was revoked, or has expired."
            : HasTwo(key, decision.Now.Wall);
        if (refusal is not null)
        {
            decision.Refuse(asked.Ticket, ErrorCodes.Conflict, refusal);
            return;
        }

        var next = Succeed(
            key,
            asked.Overlap,
            key with
            {
                Id = asked.NewId,
                SecretHash = asked.NewSecretHash,
                CreatedBy = asked.By,
            },
            asked.EndsBy,
            decision
        );
        decision.Answer(asked.Ticket, new Answer.KeyIs(next));
    }

    /// <summary>Null, or why there is no room for a third.</summary>
    public string? HasTwo(KeyRecord key, DateTimeOffset now) =>
        keys.OfAccount(key.AccountOrId).FirstOrDefault(other => other.Id != key.Id && other.IsValidAt(now)) is { } other
            ? $"Two keys are good at a time, and \"{other.Id}\" is the other; revoke one of them, or wait "
                + "until one expires."
            : null;

    /// <param name="overlap">How long the old key stays good.</param>
    /// <param name="draft">The new one; it lives as long as the old one was made for.</param>
    /// <param name="endsBy">But no longer than this: who asks for it gets no more time than they have. Null for no such
    /// end.</param>
    public KeyRecord Succeed(
        KeyRecord old,
        TimeSpan overlap,
        KeyRecord draft,
        DateTimeOffset? endsBy,
        Decision decision
    )
    {
        var now = decision.Now.Wall;
        DateTimeOffset? term = old.ExpiresAt is { } end ? now + (end - old.CreatedAt) : null;
        var next = draft with
        {
            Account = old.AccountOrId,
            CreatedAt = now,
            ExpiresAt = term is null || endsBy < term ? endsBy : term,
        };
        keys.Save(next, decision);
        var until = now + overlap;
        keys.Save(old with { ExpiresAt = old.ExpiresAt < until ? old.ExpiresAt : until }, decision);
        return next;
    }
}
