using System.Text.Json;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>
/// Says what is wrong with a JSON body, in the caller's words. The serialiser's own messages name types of this code.
/// </summary>
internal static class JsonProblem
{
    /// <summary>The path of the whole body.</summary>
    public const string Root = "$";

    private static readonly string[] NeededField = ["This field is needed."];

    private const string MissingMarker = "including:";
    private const string UnknownMarker = "' could not be mapped to any .NET member contained in type '";

    public static ProblemAnswer From(JsonException exception)
    {
        var path = Path(exception.Path);
        var message = exception.Message;
        if (MissingFields(message) is { Count: > 0 } missing)
        {
            return Problems.Invalid(
                missing.ToDictionary(
                    name => path == Root ? name : $"{path}.{name}",
                    _ => NeededField,
                    StringComparer.Ordinal
                )
            );
        }

        return UnknownField(message) is var (unknown, type)
            ? Problems.Invalid(PathOf(exception.Path, unknown), NearestName.Reason("field", unknown, FieldsOf(type)))
            : Problems.Invalid(path, Reason(exception));
    }

    // Reads the name out of the message "The JSON property 'tiemout' could not be mapped to any .NET member contained
    // in type 'JobRequest'." The name comes from the caller, and may itself contain these words.
    private static (string Name, string Type)? UnknownField(string message)
    {
        var end = message.LastIndexOf(UnknownMarker, StringComparison.Ordinal);
        var start = message.IndexOf('\'', StringComparison.Ordinal) + 1;
        return start > 0 && end >= start && message.Contains("could not be mapped", StringComparison.Ordinal)
            ? (message[start..end], message[(end + UnknownMarker.Length)..message.LastIndexOf('\'')])
            : null;
    }

    // The serialiser's path leads to the object that holds the field, or to the field itself.
    private static string PathOf(string? path, string unknown)
    {
        var name = NearestName.Shown(unknown);
        var holder =
            path is null or "$" ? ""
            : path.EndsWith($".{unknown}", StringComparison.Ordinal) ? path[..^(unknown.Length + 1)]
            : path.EndsWith($"['{unknown}']", StringComparison.Ordinal) ? path[..^(unknown.Length + 4)]
            : path;
        return Path(holder) is var within && within == Root ? name : $"{within}.{name}";
    }

    private static IReadOnlyCollection<string> FieldsOf(string type) =>
        typeof(RestJson).Assembly.GetType(type) is { } known && RestJson.Default.GetTypeInfo(known) is { } info
            ? [.. info.Properties.Select(property => property.Name)]
            : [];

    private static string Path(string? path) =>
        path is null or "" or "$" ? Root
        : path.StartsWith("$.", StringComparison.Ordinal) ? path[2..]
        : path;

    private static List<string>? MissingFields(string message)
    {
        var start = message.IndexOf(MissingMarker, StringComparison.Ordinal);
        if (start < 0 || !message.Contains("missing required properties", StringComparison.Ordinal))
        {
            return null;
        }

        return [.. message[(start + MissingMarker.Length)..].Split('\'').Where((_, i) => i % 2 == 1)];
    }

    private static string Reason(JsonException exception)
    {
        // A syntax error comes from the JSON reader, which alone knows the line and the byte.
        if (exception.InnerException is JsonException { LineNumber: { } line, BytePositionInLine: { } position })
        {
            return $"This is not valid JSON: line {line + 1}, byte {position + 1}.";
        }

        if (exception.Message.StartsWith("Duplicate property", StringComparison.Ordinal))
        {
            return "A field is given twice.";
        }

        if (exception.Message.Contains("doesn't allow", StringComparison.Ordinal))
        {
            return "A value is needed; null is none.";
        }

        // Our own converters speak plainly; the serialiser's messages begin with these words or name a type.
        return
            exception.Message.StartsWith("The JSON value", StringComparison.Ordinal)
            || exception.Message.Contains("ScheduleZero.", StringComparison.Ordinal)
            || exception.Message.Contains("System.", StringComparison.Ordinal)
            ? "The value does not fit this field."
            : exception.Message;
    }
}
