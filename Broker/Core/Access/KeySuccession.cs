namespace ScheduleZero.Broker.Core.Access;

/// <summary>
/// Puts a new key in an old one's place: the same rights under another secret, and both good for a while, two at a
/// time.
/// </summary>
internal sealed class KeySuccession(KeyTable keys)
{
    /// <summary>Why there is no room for a third good key of this account; null when only this one is good.</summary>
    public string? WhyNoThird(KeyRecord key, DateTimeOffset now) =>
        keys.OfAccount(key.AccountOrId).FirstOrDefault(other => other.Id != key.Id && other.IsValidAt(now)) is { } other
            ? $"Two keys are good at a time, and \"{other.Id}\" is the other; revoke one of them, or wait "
                + "until one expires."
            : null;

    /// <summary>Saves the new key, and sets the end of the old one.</summary>
    /// <param name="overlap">How long the old key stays good.</param>
    /// <param name="draft">The new key. It lives as long as the old one was made for.</param>
    /// <param name="endsBy">
    /// When the new key ends at the latest, so that who asks for it gets no more time than they have; null for no such
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
