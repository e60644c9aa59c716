namespace ScheduleZero.Broker.Core;

/// <summary>
/// The condition on the version of a record under which a request is served (RFC 9110, 13.1). The condition is checked
/// in the same turn as the change is made, so that no other change can come in between.
/// </summary>
public sealed record Precondition
{
    /// <summary>
    /// If-Match: the versions of which the record must have one; null when any version is right. No version is right
    /// when the list is empty.
    /// </summary>
    public IReadOnlyList<long>? AnyOf { get; init; }

    /// <summary>If-Match with <c>*</c>: the record must exist.</summary>
    public bool MustExist { get; init; }

    /// <summary>If-None-Match: the versions of which the record must have none.</summary>
    public IReadOnlyList<long> NoneOf { get; init; } = [];

    /// <summary>If-None-Match with <c>*</c>: the record must not exist.</summary>
    public bool MustBeNew { get; init; }

    /// <summary>Whether the condition holds.</summary>
    /// <param name="version">The version of the record; null when it does not exist.</param>
    public bool Holds(long? version) =>
        version is { } stands
            ? !MustBeNew && AnyOf?.Contains(stands) != false && !NoneOf.Contains(stands)
            : !MustExist && AnyOf is null;

    /// <summary>The sentence with which a request is refused whose condition does not hold.</summary>
    public static string Reason(long? version) =>
        version is { } stands
            ? $"The condition does not hold: it is there, at version {stands}. Read it again."
            : "The condition does not hold: there is no such thing.";
}
