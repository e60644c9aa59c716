using System.Diagnostics.CodeAnalysis;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Attempts;

/// <summary>Cuts the texts of a handler's report to their limits.</summary>
internal static class ReportBounds
{
    public static AttemptError Of(AttemptError? error) =>
        error is null
            ? new AttemptError { Type = "unknown", Message = "The handler gave no error." }
            : error with
            {
                Type = Cut(error.Type, Limits.NameLengthMax) ?? "unknown",
                Message = Cut(error.Message, Limits.ErrorMessageLengthMax) ?? "",
                StackTrace = Cut(error.StackTrace, Limits.StackTraceLengthMax),
                RetryAfter = error.RetryAfter is { } wait
                    ? TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, Limits.RetryAfterMax.Ticks))
                    : null,
                Details = error.Details.Utf8.Length > Limits.StackTraceLengthMax ? default : error.Details,
            };

    public static AttemptError TooLarge(RawJson result, int bytesMax) =>
        new()
        {
            Type = ErrorCodes.TooLarge,
            Message = $"The result has {result.Utf8.Length} bytes; {bytesMax} are allowed.",
            Retryable = false,
        };

    [return: NotNullIfNotNull(nameof(text))]
    public static string? Cut(string? text, int max) => text is null || text.Length <= max ? text : text[..max];
}
