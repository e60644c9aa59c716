using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent;

/// <summary>Makes the errors of attempts from exceptions, within the bounds of <see cref="Limits"/>.</summary>
internal static class AttemptErrors
{
    private const int DetailsBytesMax = 32 * 1024;

    public static AttemptError From(Exception exception) =>
        exception switch
        {
            JobFailedException e => new AttemptError
            {
                Type = Cut(e.Code, Limits.NameLengthMax)!,
                Message = Cut(e.Message, Limits.ErrorMessageLengthMax)!,
                StackTrace = Cut(e.InnerException?.ToString(), Limits.StackTraceLengthMax),
                Retryable = e.Retryable,
                RetryAfter = e.RetryAfter,
                Details = e.Details.Utf8.Length <= DetailsBytesMax ? e.Details : default,
            },
            _ => new AttemptError
            {
                Type = Cut(exception.GetType().FullName ?? exception.GetType().Name, Limits.NameLengthMax)!,
                Message = Cut(exception.Message, Limits.ErrorMessageLengthMax)!,
                StackTrace = Cut(exception.ToString(), Limits.StackTraceLengthMax),
            },
        };

    public static AttemptError Stopping { get; } =
        new() { Type = "agent_stopping", Message = "The agent stopped before the attempt ended." };

    public static AttemptError ResultTooLarge(int bytes, int bytesMax) =>
        new()
        {
            Type = ErrorCodes.TooLarge,
            Message = $"The result has {bytes} bytes; at most {bytesMax} are taken.",
            Retryable = false,
        };

    /// <summary>
    /// Cuts text to a number of characters, and never within a surrogate pair: the text must stay valid UTF-8.
    /// </summary>
    public static string? Cut(string? text, int lengthMax)
    {
        if (text is null || text.Length <= lengthMax)
        {
            return text;
        }

        var length = char.IsHighSurrogate(text[lengthMax - 1]) ? lengthMax - 1 : lengthMax;
        return text[..length];
    }
}
