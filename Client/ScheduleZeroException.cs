using System.Net;
using System.Text;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>
/// A call that the Broker refused, or that never reached the Broker. The message says what to do next.
/// </summary>
public sealed class ScheduleZeroException : Exception
{
    internal ScheduleZeroException(
        HttpStatusCode status,
        string code,
        Problem? problem,
        TimeSpan? retryAfter,
        string message
    )
        : base(message)
    {
        Status = status;
        Code = code;
        Problem = problem;
        RetryAfter = retryAfter;
    }

    internal ScheduleZeroException(string code, string message, Exception inner)
        : base(message, inner) => Code = code;

    /// <summary>The status of the answer; null when there was no answer.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>
    /// The code of the error, one of <see cref="ErrorCodes"/>; <see cref="ErrorCodes.Unavailable"/> when there was no
    /// answer.
    /// </summary>
    public string Code { get; }

    /// <summary>The problem as the Broker sent it; null when something in between answered.</summary>
    public Problem? Problem { get; }

    /// <summary>How long the Broker asks to wait before the next call; null when the Broker does not ask.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The same for another caller, who may throw it on another thread.</summary>
    internal ScheduleZeroException Copy() =>
        InnerException is { } inner
            ? new ScheduleZeroException(Code, Message, inner)
            : new ScheduleZeroException(Status!.Value, Code, Problem, RetryAfter, Message);

    internal static ScheduleZeroException FromProblem(
        HttpStatusCode status,
        Problem problem,
        TimeSpan? retryAfter,
        bool isChallenge
    )
    {
        var message = new StringBuilder(problem.Title ?? problem.Detail ?? $"The Broker answered {(int)status}");
        if (problem.Detail is { } detail && problem.Title is not null && detail != problem.Title)
        {
            message.Append(message[^1] == '.' ? " " : ": ").Append(detail);
        }

        foreach (var (field, errors) in problem.Errors ?? new Dictionary<string, string[]>())
        {
            message.Append("\n  ").Append(field).Append(": ").AppendJoin(' ', errors);
        }

        AppendNextStep(message, problem.Code, retryAfter, isChallenge);
        return new ScheduleZeroException(status, problem.Code, problem, retryAfter, message.ToString());
    }

    internal static ScheduleZeroException FromStatus(HttpStatusCode status, Uri? uri, TimeSpan? retryAfter)
    {
        var code = CodeOf(status);
        var message = new StringBuilder(
            $"{uri?.GetLeftPart(UriPartial.Path)} answered {(int)status} without problem details"
        );
        if (code is ErrorCodes.NotFound or ErrorCodes.Invalid)
        {
            message.Append("; is this a ScheduleZero Broker, and nothing in front of it that rewrites paths?");
        }

        AppendNextStep(message, code, retryAfter, isChallenge: true);
        return new ScheduleZeroException(status, code, null, retryAfter, message.ToString());
    }

    private static void AppendNextStep(StringBuilder message, string code, TimeSpan? retryAfter, bool isChallenge)
    {
        var next = code switch
        {
            // The detail of a refused sign-in says already what is wrong.
            ErrorCodes.Unauthenticated when isChallenge => "Sign in, or give a valid API key.",
            ErrorCodes.Revoked => "This key was revoked; ask an admin for a new one.",
            ErrorCodes.Forbidden => "The caller's roles do not allow this here; ask an admin.",
            ErrorCodes.StorageFull => "Whoever runs the Broker must make room on its disk.",
            ErrorCodes.RateLimited or ErrorCodes.Unavailable when retryAfter is { } wait =>
                $"Try again in {wait.TotalSeconds:0} s.",
            _ => null,
        };
        if (next is not null)
        {
            message.Append(message[^1] == '.' ? " " : ". ").Append(next);
        }
    }

    private static string CodeOf(HttpStatusCode status) =>
        (int)status switch
        {
            401 => ErrorCodes.Unauthenticated,
            403 or 407 => ErrorCodes.Forbidden,
            404 or 410 => ErrorCodes.NotFound,
            409 or 412 => ErrorCodes.Conflict,
            413 => ErrorCodes.TooLarge,
            429 => ErrorCodes.RateLimited,
            507 => ErrorCodes.StorageFull,
            >= 500 => ErrorCodes.Unavailable,
            _ => ErrorCodes.Invalid,
        };
}
