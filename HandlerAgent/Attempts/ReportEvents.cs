using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>Makes the events of a Report, within the bounds of the protocol.</summary>
internal static class ReportEvents
{
    public static ReportEvent Started(AttemptId id) => new() { Type = ReportEventTypes.Started, AttemptId = id };

    public static ReportEvent Progress(AttemptId id, double percent, string? message) =>
        new()
        {
            Type = ReportEventTypes.Progress,
            AttemptId = id,
            Percent = percent,
            Message = AttemptErrors.Cut(message, Limits.ErrorMessageLengthMax),
        };

    public static ReportEvent Log(AttemptId id, LogLevel level, string message, DateTimeOffset at) =>
        new()
        {
            Type = ReportEventTypes.Log,
            AttemptId = id,
            Level = Word(level),
            Message = AttemptErrors.Cut(message, Limits.LogMessageLengthMax),
            At = at,
        };

    public static ReportEvent Succeeded(AssignedAttempt attempt, RawJson result) =>
        new()
        {
            Type = ReportEventTypes.Succeeded,
            AttemptId = attempt.AttemptId,
            FencingToken = attempt.FencingToken,
            Result = result,
        };

    public static ReportEvent Failed(AssignedAttempt attempt, AttemptError error) =>
        new()
        {
            Type = ReportEventTypes.Failed,
            AttemptId = attempt.AttemptId,
            FencingToken = attempt.FencingToken,
            Error = error,
        };

    public static ReportEvent Cancelled(AssignedAttempt attempt) =>
        new()
        {
            Type = ReportEventTypes.Cancelled,
            AttemptId = attempt.AttemptId,
            FencingToken = attempt.FencingToken,
        };

    public static ReportEvent Rejected(AssignedAttempt attempt, string reason) =>
        new()
        {
            Type = ReportEventTypes.Rejected,
            AttemptId = attempt.AttemptId,
            FencingToken = attempt.FencingToken,
            Reason = reason,
        };

    public static ReportEvent Pong(string nonce) => new() { Type = ReportEventTypes.Pong, Nonce = nonce };

    /// <summary>
    /// The greatest number of bytes that the event may have on the wire. JSON may write a character as six bytes
    /// (<c>\u00fc</c>). A guess that is too low would make a Report that the other side refuses in every connection.
    /// </summary>
    public static int SizeOf(ReportEvent e) =>
        256
        + e.Result.Utf8.Length
        + JsonBytes(e.Message)
        + JsonBytes(e.Reason)
        + (
            e.Error is { } error
                ? JsonBytes(error.Type)
                    + JsonBytes(error.Message)
                    + JsonBytes(error.StackTrace)
                    + error.Details.Utf8.Length
                : 0
        );

    private static int JsonBytes(string? text) => 6 * (text?.Length ?? 0);

    private static string Word(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Warning => "warning",
            LogLevel.Error => "error",
            LogLevel.Critical => "critical",
            _ => "information",
        };
}
