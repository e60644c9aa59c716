namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>Whose starts a rate limit counts.</summary>
public enum RateScope
{
    Key,
    Method,
    Handler,
}

/// <summary>One rate limit. Jobs with the same key and another period have another.</summary>
/// <param name="Name">The key, method or handler.</param>
/// <param name="Period">Zero where an operator sets the limit: a method or handler has one.</param>
public sealed record RateName(string Namespace, RateScope Scope, string Name, TimeSpan Period);

/// <summary>
/// The stored starts of a rate limit, so that a start of the Broker does not give all tokens back.
/// </summary>
/// <param name="Of">The rate limit.</param>
public sealed record RateRecord(RateName Of, TimeSpan Period, IReadOnlyList<RateSlice> Slices);

/// <summary>Starts that lie close together.</summary>
/// <param name="At">The last of these starts.</param>
public sealed record RateSlice(DateTimeOffset At, int Count);
