using System.Text.Json;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>Makes a run fit a message. A run that cannot be sent to the Broker would block all runs after it.</summary>
internal static class OfflineRunSize
{
    /// <summary>
    /// How many bytes a result may have. With the copy of the schedule, which may have 90 KiB, the run stays below the
    /// largest message that a Bridge accepts.
    /// </summary>
    public const int ResultBytesMax = 192 * 1024;

    private const int BytesMax = 208 * 1024;
    private const int LineBytes = 128;

    // In the message the value is nested two levels deeper than here.
    private static readonly JsonReaderOptions Depth = new() { MaxDepth = JsonConventions.MaxDepth - 4 };

    /// <summary>Why a result cannot be reported; null when it can.</summary>
    public static AttemptError? ProblemOf(RawJson result) =>
        result.Utf8.Length > ResultBytesMax ? AttemptErrors.ResultTooLarge(result.Utf8.Length, ResultBytesMax)
        : !IsReadable(result)
            ? new AttemptError(retryable: false)
            {
                Type = "invalid_result",
                Message = "The result is not one JSON value, or is nested too deep.",
            }
        : null;

    /// <summary>The error without details that are not readable JSON.</summary>
    public static AttemptError Fit(AttemptError error) =>
        IsReadable(error.Details) ? error : error with { Details = default };

    /// <summary>The run with as much of its log as there is room for, from the first line on.</summary>
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
                // The loop reads to the end, and throws where the value is not readable.
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
