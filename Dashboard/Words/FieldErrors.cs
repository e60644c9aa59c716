using ScheduleZero.Client;

namespace ScheduleZero.Dashboard.Words;

/// <summary>What REST said against a form, by field.</summary>
public sealed class FieldErrors
{
    private readonly IReadOnlyDictionary<string, string[]> _errors;

    private FieldErrors(IReadOnlyDictionary<string, string[]> errors) => _errors = errors;

    public static FieldErrors None { get; } = new(new Dictionary<string, string[]>());

    /// <summary>Whether any field was named.</summary>
    public bool HasFields => _errors.Count > 0;

    public static FieldErrors Of(ScheduleZeroException failure) =>
        failure.Problem?.Errors is { Count: > 0 } errors ? new FieldErrors(errors) : None;

    /// <summary>What is wrong with a field, or with a part of it; null when nothing is.</summary>
    /// <param name="field">
    /// The path of the field, such as <c>rules</c>, which stands for <c>rules[0].names</c> too.
    /// </param>
    public string? Of(string field)
    {
        var texts = _errors.Where(error => IsAbout(error.Key, field)).SelectMany(error => error.Value).Distinct();
        return string.Join(' ', texts) is { Length: > 0 } words ? words : null;
    }

    /// <summary>What is wrong with fields that a form does not have; null when nothing is.</summary>
    /// <param name="fields">The fields of the form.</param>
    public string? Beyond(params IReadOnlyList<string> fields)
    {
        var texts = _errors
            .Where(error => !fields.Any(field => IsAbout(error.Key, field)))
            .SelectMany(error => error.Value.Select(text => $"{error.Key}: {text}"));
        return string.Join(' ', texts) is { Length: > 0 } words ? words : null;
    }

    private static bool IsAbout(string path, string field) =>
        path.StartsWith(field, StringComparison.Ordinal)
        && (path.Length == field.Length || path[field.Length] is '.' or '[');
}
