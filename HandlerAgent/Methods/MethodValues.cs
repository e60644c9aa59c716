using System.Text.Json;
using System.Text.Json.Nodes;
using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent;

/// <summary>
/// Reads params as the type that a handler takes, and writes the result of a handler. An attempt whose params or result
/// do not fit fails for good: trying again cannot mend that.
/// </summary>
internal static class MethodValues
{
    private static ReadOnlySpan<byte> EmptyObject => "{}"u8;

    public static T ReadParams<T>(RawJson parameters, JsonSerializerOptions json)
    {
        if (typeof(T) == typeof(RawJson))
        {
            return (T)(object)parameters;
        }

        try
        {
            // A job without params has the params {}.
            return
                JsonSerializer.Deserialize<T>(parameters.IsEmpty ? EmptyObject : parameters.Utf8.Span, json)
                    is var value
                && (value is not null || HasNull<T>())
                ? value!
                : throw new JobFailedException(
                    "invalid_params",
                    $"The params are null, and {typeof(T).Name} has no null.",
                    retryable: false
                );
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            var path = (e as JsonException)?.Path ?? "$";
            throw new JobFailedException(
                "invalid_params",
                $"The params do not fit at {path}: {e.Message}",
                retryable: false,
                innerException: e
            );
        }
    }

    /// <summary>
    /// Whether code accepts params of null. Code that takes a class expects one: the running program no longer says
    /// whether it would accept a null.
    /// </summary>
    public static bool HasNull<T>() =>
        typeof(T) == typeof(object)
        || typeof(T).IsAssignableTo(typeof(JsonNode))
        || Nullable.GetUnderlyingType(typeof(T)) is not null;

    public static RawJson WriteResult<T>(T result, JsonSerializerOptions json)
    {
        if (result is RawJson raw)
        {
            return raw;
        }

        try
        {
            return result is null ? default : RawJson.From(result, json);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new JobFailedException(
                "invalid_result",
                $"The result cannot be written as JSON: {e.Message}",
                retryable: false,
                innerException: e
            );
        }
    }
}
