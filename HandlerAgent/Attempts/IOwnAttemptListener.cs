using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>Receives what an attempt of the agent's own reports. Called on the thread of the attempt.</summary>
internal interface IOwnAttemptListener
{
    /// <summary>Called when the attempt has written a line to the job's log.</summary>
    void Log(HeldAttempt attempt, LogLevel level, string message);

    /// <summary>
    /// Called when the code of the attempt has ended. The room of the attempt is given back when the method returns.
    /// </summary>
    void End(HeldAttempt attempt, ReportEvent final);
}
