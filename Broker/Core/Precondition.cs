namespace ScheduleZero.Broker.Core;

/// <summary>
/// What must hold of a thing's version for a request to be served (RFC 9110, 13.1). Judged in the same step as the
/// change, so that nothing can come in between.
/// </summary>
public sealed record Precondition
{
    /// <summary>If-Match: the version must be one of these; null when any will do. None: no version will do.</summary>
    public IReadOnlyList<long>? AnyOf { get; init; }

    /// <summary>If-Match with <c>*</c>: the thing must be there.</summary>
    public bool MustExist { get; init; }

    /// <summary>If-None-Match: the version must be none of these.</summary>
    public IReadOnlyList<long> NoneOf { get; init; } = [];

    /// <summary>If-None-Match with <c>*</c>: the thing must not be there.</summary>
    public bool MustBeNew { get; init; }

    /// <param name="version">Null when the thing is not there.</param>
    public bool Holds(long? version) =>
        version is { } stands
            ? !MustBeNew && AnyOf?.Contains(stands) != false && !NoneOf.Contains(stands)
            : !MustExist && AnyOf is null;

    /// <summary>Says how the thing stands, for a condition that does not hold.</summary>
    public static string Reason(long? version) =>
        version is { } stands
            ? $"The condition does not hold: it is there, at version {stands}. Read it again."
            : "The condition does not hold: there is no such thing.";
}
