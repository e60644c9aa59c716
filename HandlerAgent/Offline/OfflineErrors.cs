using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Attempts;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>Errors of offline attempts that no code of a handler caused, in the words that the Broker uses.</summary>
internal static class OfflineErrors
{
    public static AttemptError Lost { get; } =
        new() { Type = CancelReasons.Lost, Message = "The agent stopped while the attempt ran." };

    public static AttemptError Cancelled { get; } =
        new(retryable: false)
        {
            Type = CancelReasons.Cancelled,
            Message = "The attempt was cancelled: a later occurrence took its place, or somebody asked for it.",
        };

    public static AttemptError TimedOut(TimeSpan timeout) =>
        new()
        {
            Type = CancelReasons.TimedOut,
            Message = $"The attempt ran longer than its time-out of {timeout.TotalSeconds:0.###} s.",
        };

    public static AttemptError NotOffered(string method) =>
        new(retryable: false) { Type = "not_offered", Message = $"This handler does not offer {method} any more." };

    /// <summary>The error within the bounds that the Broker sets.</summary>
    public static AttemptError Fit(AttemptError error) =>
        OfflineRunSize.Fit(
            error with
            {
                RetryAfter = error.RetryAfter is { } wait
                    ? TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, Limits.RetryAfterMax.Ticks))
                    : null,
            }
        );
}
