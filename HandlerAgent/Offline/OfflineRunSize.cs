using System.Text.Json;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// Sees to it that a run fits a message: one that the Broker cannot be sent would hold up all that comes after it.
/// </summary>
internal static class OfflineRunSize
{
    /// <summary>The largest result. With a copy of at most 90 KiB, a run fits a Bridge's largest message.</summary>
    public const int ResultBytesMax = 192 * 1024;

    private const int BytesMax = 208 * 1024;
    private const int LineBytes = 128;

    // Two deeper than here it stands in the message.
    private static readonly JsonReaderOptions Depth = new() { MaxDepth = JsonConventions.MaxDepth - 4 };

    /// <summary>What is wrong with a result; null when nothing is.</summary>
    public static AttemptError? ProblemOf(RawJson result) =>
        result.Utf8.Length > ResultBytesMax ? AttemptErrors.ResultTooLarge(result.Utf8.Length, ResultBytesMax)
        : !IsReadable(result)
            ? new AttemptError(retryable: false)
            {
                Type = "invalid_result",
                Message = "The result is not one JSON value, or is nested too deep.",
            }
        : null;

    /// <summary>Without details that nobody could read.</summary>
    public static AttemptError Fit(AttemptError error) =>
        IsReadable(error.Details) ? error : error with { Details = default };

    /// <summary>With as much of its log as there is room for, from the first line on.</summary>
    public static OfflineRun Fit(OfflineRun run)
    {
        var bytes =
            1024
            + run.Result.Utf8.Length
            + (
                run.Error is { } error
                    ? (6 * (error.Type.Length + error.Message.Length + (error.StackTrace?.Length ?? 0)))
                        + error.Details.Utf8.Length
                    : 0
            );
        var lines = run.Log?.TakeWhile(line => (bytes += LineBytes + (6 * line.Message.Length)) <= BytesMax).ToList();
        return run with { Log = lines is { Count: > 0 } ? lines : null };
    }

    private static bool IsReadable(RawJson value)
    {
        if (value.IsEmpty)
        {
            return true;
        }

        try
        {
            var reader = new Utf8JsonReader(value.Utf8.Span, Depth);
            while (reader.Read())
            {
                // To its end.
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
