using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>An answer with problem details (RFC 9457).</summary>
internal sealed class ProblemAnswer(
    int status,
    string code,
    string detail,
    IReadOnlyDictionary<string, string[]>? errors = null
) : IResult
{
    public const string ContentType = "application/problem+json";

    public Problem Problem { get; } =
        new()
        {
            Status = status,
            Code = code,
            Title = ReasonPhrases.GetReasonPhrase(status),
            Detail = detail,
            Errors = errors,
        };

    /// <summary>Seconds after which the caller may try again; null when the answer does not say.</summary>
    public int? RetryAfterSeconds { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Problem.Status;
        response.ContentType = ContentType;
        if (RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(Problem, RestJson.Default.Problem);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}
