using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Attempts;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>Receives what attempts of offline occurrences report. Called on the thread of the attempt.</summary>
internal interface IOccurrenceListener
{
    /// <summary>Called when the attempt has written a line to the job's log.</summary>
    void Log(Occurrence occurrence, HeldAttempt attempt, LogLevel level, string message);

    /// <summary>Called when the code of the attempt has ended.</summary>
    void End(Occurrence occurrence, HeldAttempt attempt, ReportEvent final);
}

/// <summary>Passes on what one attempt reports, with the occurrence that it belongs to.</summary>
internal sealed class OccurrenceListener(IOccurrenceListener listener, Occurrence occurrence) : IOwnAttemptListener
{
    public void Log(HeldAttempt attempt, LogLevel level, string message) =>
        listener.Log(occurrence, attempt, level, message);

    public void End(HeldAttempt attempt, ReportEvent final) => listener.End(occurrence, attempt, final);
}
