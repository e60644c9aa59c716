using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Attempts;

/// <summary>Why a handler is to stop an attempt.</summary>
internal enum CancelReason
{
    /// <summary>Somebody asked for it.</summary>
    Cancelled,

    /// <summary>The attempt ran longer than the job's time-out.</summary>
    TimedOut,

    /// <summary>The lease is over, or was taken away.</summary>
    Lost,
}

/// <summary>Tells handlers to stop attempts.</summary>
internal static class CancelMessages
{
    /// <param name="grace">How long the handler may take to stop; zero when the attempt is fenced off already.</param>
    public static CancelledAttempt Of(AttemptId attempt, CancelReason reason, TimeSpan grace) =>
        new(attempt, WordOf(reason), grace.TotalSeconds);

    /// <param name="connection">Null when the handler is away: it hears nothing then.</param>
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
