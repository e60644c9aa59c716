namespace ScheduleZero.Broker.Host.Alerting.Sending;

/// <summary>What became of one attempt to send a notice.</summary>
/// <param name="IsSent">Whether the target has taken the notice.</param>
/// <param name="Problem">
/// What went wrong, as sentences for the operator that hold no secret; null where nothing did. A notice that was sent
/// may have a problem too: mail that some of its recipients were refused.
/// </param>
/// <param name="RetryAfter">
/// How long the target asks to wait before the next attempt; null where it says nothing.
/// </param>
/// <param name="IsFinal">Whether another attempt to send this notice is of no use.</param>
internal readonly record struct SendResult(bool IsSent, string? Problem, TimeSpan? RetryAfter, bool IsFinal)
{
    public static SendResult Sent { get; } = new(true, null, null, true);

    /// <summary>The notice was not sent; another attempt may succeed.</summary>
    public static SendResult Failed(string problem, TimeSpan? retryAfter = null) =>
        new(false, problem, retryAfter, false);

    /// <summary>The notice was not sent and never will be.</summary>
    public static SendResult Refused(string problem) => new(false, problem, null, true);
}
