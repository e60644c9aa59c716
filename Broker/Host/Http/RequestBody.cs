using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using FluentValidation;
using Microsoft.Net.Http.Headers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>A body that was read, or the answer to a body that could not be read.</summary>
internal readonly struct RequestBody<T>
    where T : class
{
    public RequestBody(T? value) => Value = value;

    public RequestBody(ProblemAnswer problem) => Problem = problem;

    public T? Value { get; }

    public ProblemAnswer? Problem { get; }

    /// <summary>
    /// Whether there is a value. An optional body that was left out has neither a value nor a problem.
    /// </summary>
    [MemberNotNullWhen(true, nameof(Value))]
    public bool HasValue => Value is not null;
}

/// <summary>
/// Reads JSON bodies: the size is bounded before anything is parsed, unknown fields are refused, and a refusal names
/// the field.
/// </summary>
internal static class RequestBody
{
    public static Task<RequestBody<T>> ReadAsync<T>(
        HttpContext http,
        JsonTypeInfo<T> type,
        long bytesMax,
        CancellationToken cancellationToken
    )
        where T : class => ReadAsync(http, type, bytesMax, isOptional: false, cancellationToken);

    /// <summary>Reads a small body and checks it with the validator.</summary>
    public static async Task<RequestBody<T>> ReadValidAsync<T>(
        HttpContext http,
        JsonTypeInfo<T> type,
        IValidator<T> validator,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var body = await ReadAsync(http, type, BodyLimit.SmallBytesMax, cancellationToken);
        return body.HasValue && validator.Check(body.Value) is { } problem ? new(problem) : body;
    }

    /// <summary>
    /// Reads a body as <see cref="ReadAsync{T}(HttpContext, JsonTypeInfo{T}, long, CancellationToken)"/> does, but
    /// accepts an empty one.
    /// </summary>
    public static Task<RequestBody<T>> ReadOptionalAsync<T>(
        HttpContext http,
        JsonTypeInfo<T> type,
        long bytesMax,
        CancellationToken cancellationToken
    )
        where T : class => ReadAsync(http, type, bytesMax, isOptional: true, cancellationToken);

    private static async Task<RequestBody<T>> ReadAsync<T>(
        HttpContext http,
        JsonTypeInfo<T> type,
        long bytesMax,
        bool isOptional,
        CancellationToken cancellationToken
    )
        where T : class
    {
        if (http.Request.ContentLength > bytesMax)
        {
            // The server reads none of the body and ends the connection. Unless told so, the caller would send its next
            // request on it.
            EdgeServer.CloseAfter(http);
            return new(Problems.TooLarge(bytesMax));
        }

        var reader = http.Request.BodyReader;
        var least = (int)Math.Min(http.Request.ContentLength ?? bytesMax + 1, bytesMax + 1);
        var read = await reader.ReadAtLeastAsync(least, cancellationToken);
        try
        {
            if (read.Buffer.Length > bytesMax)
            {
                return new(Problems.TooLarge(bytesMax));
            }

            if (read.Buffer.Length < least)
            {
                http.Features.Get<IBodyReservation>()?.Shrink(read.Buffer.Length);
            }

            if (read.Buffer.IsEmpty)
            {
                return isOptional ? default : new(Problems.Invalid(JsonProblem.Root, "A JSON body is needed."));
            }

            return IsJson(http.Request.ContentType) ? Parse(read.Buffer, type) : new(Problems.FromStatus(415));
        }
        finally
        {
            reader.AdvanceTo(read.Buffer.End);
        }
    }

    private static bool IsJson(string? contentType)
    {
        if (contentType is "application/json" or "application/json; charset=utf-8")
        {
            return true;
        }

        return MediaTypeHeaderValue.TryParse(contentType, out var type)
            && (
                type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)
            )
            && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));
    }

    private static RequestBody<T> Parse<T>(in ReadOnlySequence<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        if (body.IsSingleSegment)
        {
            return Parse(body.FirstSpan, type);
        }

        var length = (int)body.Length;
        var joined = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            body.CopyTo(joined);
            return Parse(joined.AsSpan(0, length), type);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }

    private static RequestBody<T> Parse<T>(ReadOnlySpan<byte> utf8, JsonTypeInfo<T> type)
        where T : class
    {
        // The bytes are checked here, since params are stored as they came, and nothing further in would notice.
        if (!Utf8.IsValid(utf8))
        {
            return new(Problems.Invalid(JsonProblem.Root, "The body is not valid UTF-8."));
        }

        try
        {
            return JsonSerializer.Deserialize(utf8, StrictJson.Of(type)) is { } value
                ? new(value)
                : new(Problems.Invalid(JsonProblem.Root, "A JSON object is needed; this is null."));
        }
        catch (JsonException e)
        {
            return new(JsonProblem.From(e));
        }
    }
}
