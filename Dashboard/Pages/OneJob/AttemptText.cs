using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.OneJob;

/// <summary>The words and tones of attempts.</summary>
internal static class AttemptText
{
    /// <summary>The outcome of an attempt; null for an attempt that is open.</summary>
    public static string Of(AttemptOutcome? outcome) =>
        outcome switch
        {
            null => "running",
            AttemptOutcome.TimedOut => "timed out",
            _ => outcome.Value.ToString().ToLowerInvariant(),
        };

    public static Tone ToneOf(AttemptOutcome? outcome) =>
        outcome switch
        {
            null => Tone.Run,
            AttemptOutcome.Succeeded => Tone.Ok,
            AttemptOutcome.Failed or AttemptOutcome.TimedOut or AttemptOutcome.Lost => Tone.Bad,
            AttemptOutcome.Rejected => Tone.Wait,
            _ => Tone.Idle,
        };

    /// <summary>The rule for further attempts: <c>3 attempts, exponential from 1 s to 10 min</c>.</summary>
    public static string Of(RetryOptions retry)
    {
        var attempts = NumberText.Of(retry.MaxAttempts ?? 3, "attempt", "attempts");
        if (retry.MaxAttempts == 1)
        {
            return attempts;
        }

        var first = TimeText.Duration(retry.FirstDelay ?? TimeSpan.FromSeconds(1));
        var kind = (retry.Backoff ?? BackoffKind.Exponential).ToString().ToLowerInvariant();
        return retry.Backoff == BackoffKind.Fixed
            ? $"{attempts}, {first} apart"
            : $"{attempts}, {kind} from {first} to {TimeText.Duration(retry.MaxDelay ?? TimeSpan.FromMinutes(10))}";
    }
}
