using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Attempts;

/// <summary>Why a handler is to stop an attempt.</summary>
internal enum CancelReason
{
    /// <summary>Somebody asked to cancel the job.</summary>
    Cancelled,

    /// <summary>The attempt ran longer than the job's time-out.</summary>
    TimedOut,

    /// <summary>The attempt has no lease any more.</summary>
    Lost,
}

/// <summary>Makes and sends the messages that ask handlers to stop attempts.</summary>
internal static class CancelMessages
{
    /// <param name="grace">How long the handler may take to stop; zero when the attempt is fenced off already.</param>
    public static CancelledAttempt Of(AttemptId attempt, CancelReason reason, TimeSpan grace) =>
        new(attempt, WordOf(reason), grace.TotalSeconds);

    /// <param name="connection">The handler's connection; null while the handler is away, and hears nothing.</param>
    public static void Send(long? connection, AttemptId attempt, CancelReason reason, TimeSpan grace, Decision decision)
    {
        if (connection is { } number)
        {
            decision.Effects.Add(new Effect.Send(number, new Cancel([Of(attempt, reason, grace)])));
        }
    }

    private static string WordOf(CancelReason reason) =>
        reason switch
        {
            CancelReason.Cancelled => "cancelled",
            CancelReason.TimedOut => "timed_out",
            CancelReason.Lost => "lost",
            _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "The protocol has no word for it."),
        };
}
