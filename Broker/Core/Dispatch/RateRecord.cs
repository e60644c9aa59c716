namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>What a rate limit counts the starts of: jobs with one rate key, of one method, or of one handler.</summary>
public enum RateScope
{
    Key,
    Method,
    Handler,
}

/// <summary>
/// The name of one rate limit. Jobs with the same rate key and another period have another rate limit.
/// </summary>
/// <param name="Name">The rate key, method or handler.</param>
/// <param name="Period">
/// The period of a rate key; zero for a method or handler, which has one limit at most, with a period that an operator
/// may change.
/// </param>
public sealed record RateName(string Namespace, RateScope Scope, string Name, TimeSpan Period);

/// <summary>
/// The stored starts of a rate limit, so that a start of the Broker does not give all tokens back.
/// </summary>
/// <param name="Of">The name of the rate limit.</param>
public sealed record RateRecord(RateName Of, TimeSpan Period, IReadOnlyList<RateSlice> Slices);

/// <summary>The number of starts that lie close together in time.</summary>
/// <param name="At">When the last of these starts was, by the wall clock.</param>
public sealed record RateSlice(DateTimeOffset At, int Count);
