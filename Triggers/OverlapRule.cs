using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Triggers;

/// <summary>The decision about an occurrence that is due.</summary>
public enum OverlapAnswer
{
    /// <summary>The occurrence starts.</summary>
    Start,

    /// <summary>The occurrence waits until those before it have ended.</summary>
    Wait,

    /// <summary>
    /// The occurrences before this one are cancelled, and one that waits is missed; this one starts when they have
    /// ended.
    /// </summary>
    ReplacePrevious,

    /// <summary>The occurrence is missed, because one before it is unfinished.</summary>
    MissBehindUnfinished,

    /// <summary>The occurrence is missed, because another one waits already, and only one may.</summary>
    MissBehindWaiting,
}

/// <summary>
/// The rule by which occurrences of one schedule may overlap, for the Broker and for handlers out of its reach.
/// </summary>
public static class OverlapRule
{
    /// <summary>Decides about an occurrence that is due.</summary>
    /// <param name="policy">The policy of the schedule.</param>
    /// <param name="isUnfinished">Whether an occurrence before has begun, and has not ended.</param>
    /// <param name="isOneWaiting">Whether an occurrence before waits for its turn.</param>
    public static OverlapAnswer Decide(OverlapPolicy policy, bool isUnfinished, bool isOneWaiting) =>
        policy switch
        {
            _ when !isUnfinished && !isOneWaiting => OverlapAnswer.Start,
            OverlapPolicy.Skip => OverlapAnswer.MissBehindUnfinished,
            OverlapPolicy.Queue when isOneWaiting => OverlapAnswer.MissBehindWaiting,
            OverlapPolicy.Queue => OverlapAnswer.Wait,
            OverlapPolicy.CancelPrevious => OverlapAnswer.ReplacePrevious,
            _ => OverlapAnswer.Start,
        };
}
