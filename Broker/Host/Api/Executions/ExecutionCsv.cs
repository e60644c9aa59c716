using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Executions;

/// <summary>
/// Writes attempts as CSV (RFC 4180), in a form that a spreadsheet can open without running text as formulas.
/// </summary>
internal static class ExecutionCsv
{
    public const string Header =
        "jobId,method,schedule,attemptId,number,outcome,handler,session,bridge,fencingToken,assignedAt,"
        + "startedAt,finishedAt,durationSeconds,errorType,errorMessage\r\n";

    private static readonly SearchValues<char> NeedQuotes = SearchValues.Create(",\"\r\n");

    public static void Append(StringBuilder text, ExecutionView row)
    {
        var attempt = row.Attempt;
        Field(text, row.JobId.ToString());
        Field(text, row.Method);
        Field(text, row.Schedule);
        Field(text, attempt.AttemptId.ToString());
        Field(text, attempt.Number.ToString(CultureInfo.InvariantCulture));
        Field(text, attempt.Outcome is { } outcome ? JsonNamingPolicy.CamelCase.ConvertName(outcome.ToString()) : null);
        Field(text, attempt.Handler);
        Field(text, attempt.Session);
        Field(text, attempt.Bridge);
        Field(text, attempt.FencingToken.ToString(CultureInfo.InvariantCulture));
        Field(text, Instant(attempt.AssignedAt));
        Field(text, Instant(attempt.StartedAt));
        Field(text, Instant(attempt.FinishedAt));
        Field(text, row.DurationSeconds?.ToString("0.######", CultureInfo.InvariantCulture));
        Field(text, attempt.Error?.Type);
        Field(text, attempt.Error?.Message);
        text.Length--;
        text.Append("\r\n");
    }

    private static string? Instant(DateTimeOffset? instant) =>
        instant?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static void Field(StringBuilder text, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            // A spreadsheet takes a cell that begins with one of these for a formula, and handlers write the error
            // messages.
            var safe = value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? $"'{value}" : value;
            if (safe.AsSpan().ContainsAny(NeedQuotes))
            {
                text.Append('"').Append(safe.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
            }
            else
            {
                text.Append(safe);
            }
        }

        text.Append(',');
    }
}
