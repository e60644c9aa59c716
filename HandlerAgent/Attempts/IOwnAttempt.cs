using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>Hears what an attempt says that this agent began by itself. Called on the attempt's own thread.</summary>
internal interface IOwnAttempt
{
    void Log(HeldAttempt attempt, LogLevel level, string message);

    /// <summary>The code has ended. Its room is given back when this returns.</summary>
    void End(HeldAttempt attempt, ReportEvent final);
}
