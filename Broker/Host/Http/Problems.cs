using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>The refusals of REST that several endpoints give, as problem details (RFC 9457).</summary>
internal static class Problems
{
    public static ProblemAnswer Unauthenticated { get; } =
        new(
            401,
            ErrorCodes.Unauthenticated,
            "A valid API key or access token is needed, as \"Authorization: Bearer …\"."
        );

    public static ProblemAnswer Forbidden { get; } = new(403, ErrorCodes.Forbidden, "This caller may not do that.");

    public static ProblemAnswer ForbiddenAddress { get; } =
        new(403, ErrorCodes.Forbidden, "Nothing is served to this address.");

    public static ProblemAnswer Ambiguous { get; } =
        new(
            400,
            ErrorCodes.Invalid,
            "A body has a Content-Length or a Transfer-Encoding, not both; the latter is chunked, and nothing else."
        );

    public static ProblemAnswer UnreadableBody { get; } =
        new(400, ErrorCodes.Invalid, "A chunk of the body names a size that no number holds.");

    public static ProblemAnswer NoSuchNamespace { get; } = new(404, ErrorCodes.NotFound, "There is no such namespace.");

    public static ProblemAnswer NoSuchJob { get; } =
        new(404, ErrorCodes.NotFound, "There is no such job in this namespace.");

    public static ProblemAnswer NoSuchBatch { get; } =
        new(404, ErrorCodes.NotFound, "There is no such batch in this namespace.");

    public static ProblemAnswer NoSuchSchedule { get; } =
        new(404, ErrorCodes.NotFound, "There is no such schedule in this namespace.");

    /// <summary>The answer about a schedule whose trigger or calendars are not understood on this machine.</summary>
    public static ProblemAnswer StandsStill(string why) =>
        new(409, ErrorCodes.Conflict, $"The schedule stands still: {why}");

    public static ProblemAnswer NoSuchCalendar { get; } =
        new(404, ErrorCodes.NotFound, "There is no such calendar in this namespace.");

    public static ProblemAnswer NoSuchAlertRule { get; } =
        new(404, ErrorCodes.NotFound, "There is no such rule of alerts.");

    public static ProblemAnswer NoSuchAlertChannel { get; } =
        new(404, ErrorCodes.NotFound, "There is no such channel of alerts.");

    public static ProblemAnswer NoSuchMethod { get; } = new(404, ErrorCodes.NotFound, "No method can have this name.");

    public static ProblemAnswer NoSuchHandler { get; } =
        new(404, ErrorCodes.NotFound, "There is no such handler in this namespace.");

    public static ProblemAnswer Busy { get; } =
        new(503, ErrorCodes.Unavailable, "The Broker has more to do than it can take at the moment.")
        {
            RetryAfterSeconds = 1,
        };

    public static ProblemAnswer TooManySignIns { get; } =
        new(503, ErrorCodes.Unavailable, "More passwords wait to be looked at than is sensible.")
        {
            RetryAfterSeconds = 5,
        };

    public static ProblemAnswer TooManyLargeBodies(int retryAfterSeconds) =>
        new(
            503,
            ErrorCodes.Unavailable,
            "More large bodies are under way, of this caller or in all, than there is room for; yours was not read."
        )
        {
            RetryAfterSeconds = retryAfterSeconds,
        };

    public static ProblemAnswer Stopped { get; } =
        new(503, ErrorCodes.Unavailable, "The Broker is stopping. Whether it did what was asked is not known.")
        {
            RetryAfterSeconds = 5,
        };

    public static ProblemAnswer Internal { get; } =
        new(500, ErrorCodes.Unavailable, "Something went wrong inside the Broker; its log says what.");

    public static ProblemAnswer TooLarge(long bytesMax) =>
        new(413, ErrorCodes.TooLarge, $"The body is larger than the {bytesMax} bytes that are accepted here.");

    public static ProblemAnswer Invalid(IReadOnlyDictionary<string, string[]> errors) =>
        new(400, ErrorCodes.Invalid, "The request is not valid; errors says where.", errors);

    public static ProblemAnswer Invalid(string path, string reason) =>
        Invalid(new Dictionary<string, string[]>(StringComparer.Ordinal) { [path] = [reason] });

    public static ProblemAnswer Conflict(string detail) => new(409, ErrorCodes.Conflict, detail);

    public static ProblemAnswer PreconditionFailed(string detail) => new(412, ErrorCodes.Conflict, detail);

    public static ProblemAnswer RateLimited(string detail, int retryAfterSeconds) =>
        new(429, ErrorCodes.RateLimited, detail) { RetryAfterSeconds = retryAfterSeconds };

    public static ProblemAnswer From(Answer.Refused refused) =>
        new(
            refused.IsPrecondition
                ? 412
                : refused.Code switch
                {
                    ErrorCodes.NotFound => 404,
                    ErrorCodes.Conflict => 409,
                    ErrorCodes.Forbidden => 403,
                    ErrorCodes.TooLarge => 413,
                    ErrorCodes.RateLimited => 429,
                    ErrorCodes.StorageFull => 507,
                    ErrorCodes.Unavailable => 503,
                    _ => 400,
                },
            refused.Code,
            refused.Detail
        )
        {
            RetryAfterSeconds = refused.Code switch
            {
                ErrorCodes.RateLimited => 10,
                ErrorCodes.StorageFull => 60,
                _ => null,
            },
        };

    /// <summary>The refusal for a status that routing or the server set before any endpoint ran.</summary>
    public static ProblemAnswer FromStatus(int status) =>
        status switch
        {
            401 => Unauthenticated,
            403 => Forbidden,
            404 => new(404, ErrorCodes.NotFound, "There is nothing at this address."),
            405 => new(405, ErrorCodes.Invalid, "This address does not know that verb; Allow lists those it knows."),
            408 => new(408, ErrorCodes.Invalid, "The body took too long to arrive."),
            413 => new(413, ErrorCodes.TooLarge, "The body is larger than what is accepted here."),
            415 => new(415, ErrorCodes.Invalid, "The body must be application/json in UTF-8."),
            429 => new(429, ErrorCodes.RateLimited, "Too many requests."),
            503 => Busy,
            >= 500 => Internal,
            _ => new(status, ErrorCodes.Invalid, "The request could not be read."),
        };
}
