namespace ScheduleZero.Broker.Core.Access;

/// <summary>
/// Rotates a key: a new key with the same rights and another secret takes the place of the old one. Both are valid for
/// a while. An account has two valid keys at most.
/// </summary>
internal sealed class KeySuccession(KeyTable keys)
{
    /// <summary>
    /// Why the key cannot be rotated now, since its account has two valid keys already; null when it can.
    /// </summary>
    public string? WhyNoThird(KeyRecord key, DateTimeOffset now) =>
        keys.OfAccount(key.AccountOrId).FirstOrDefault(other => other.Id != key.Id && other.IsValidAt(now)) is { } other
            ? $"Two keys are good at a time, and \"{other.Id}\" is the other; revoke one of them, or wait "
                + "until one expires."
            : null;

    /// <summary>Saves the new key, and sets the end of the old one.</summary>
    /// <param name="overlap">How long the old key stays valid.</param>
    /// <param name="draft">The new key. It is valid for as long as the old key was when it was made.</param>
    /// <param name="endsBy">
    /// When the new key expires at the latest, so that it does not outlive the key of its creator; null for no such
    /// end.
    /// </param>
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
