using ScheduleZero.Client;

namespace ScheduleZero.Dashboard.Words;

/// <summary>
/// What is wrong with the fields of a form: what the page found by itself, or what REST said against it, by the path of
/// the field.
/// </summary>
public sealed class FieldErrors
{
    private readonly Dictionary<string, string[]> _byPath = new(StringComparer.Ordinal);
    private readonly HashSet<string> _shown = new(StringComparer.Ordinal);

    public FieldErrors() { }

    /// <summary>Takes over what REST refused.</summary>
    public FieldErrors(ScheduleZeroException failure)
    {
        Failure = failure;
        foreach (var (path, texts) in failure.Problem?.Errors ?? new Dictionary<string, string[]>())
        {
            _byPath[path] = texts;
        }
    }

    /// <summary>No error; a new one each time, since errors can be added.</summary>
    public static FieldErrors None => new();

    /// <summary>What REST refused; null when it refused nothing.</summary>
    public ScheduleZeroException? Failure { get; }

    /// <summary>Whether any field was named.</summary>
    public bool HasFields => _byPath.Count > 0;

    public bool IsEmpty => _byPath.Count == 0 && Failure is null;

    public static FieldErrors Of(ScheduleZeroException failure) => new(failure);

    public void Add(string path, string problem) => _byPath[path] = [problem];

    /// <summary>What is wrong with a field, or with a part of it; null when nothing is.</summary>
    /// <param name="field">
    /// The path of the field, such as <c>rules</c>, which stands for <c>rules[0].names</c> too.
    /// </param>
    public string? Of(string field) => WordsOf(PathsOf(field).SelectMany(path => _byPath[path]).Distinct());

    /// <summary>What is wrong with a field itself, apart from its parts; null when nothing is.</summary>
    public string? At(string path)
    {
        _shown.Add(path);
        return WordsOf(_byPath.GetValueOrDefault(path, []));
    }

    /// <summary>What is wrong with a field and its parts, with the names of the parts; null when nothing is.</summary>
    public string? Below(string field) =>
        WordsOf(PathsOf(field).SelectMany(path => _byPath[path].Select(text => Named(path[field.Length..], text))));

    /// <summary>What is wrong with fields that a form does not have; null when nothing is.</summary>
    /// <param name="fields">The fields of the form.</param>
    public string? Beyond(params IReadOnlyList<string> fields) =>
        WordsOf(
            _byPath
                .Where(error => !fields.Any(field => IsAbout(error.Key, field)))
                .SelectMany(error => error.Value.Select(text => Named(error.Key, text)))
        );

    /// <summary>
    /// What no field has shown so far, as sentences; null when every field shows its own. For the same render fragment
    /// as the fields, after them.
    /// </summary>
    public string? Rest() => _byPath.Count == 0 && Failure is not null ? ProblemText.Of(Failure) : Beyond([.. _shown]);

    /// <summary>Everything that is wrong, as sentences in the order of the paths.</summary>
    public IReadOnlyList<string> All() =>
        _byPath.Count == 0 && Failure is not null
            ? [ProblemText.Of(Failure)]
            :
            [
                .. _byPath
                    .OrderBy(error => error.Key, StringComparer.Ordinal)
                    .SelectMany(error => error.Value.Select(text => Named(error.Key, text))),
            ];

    private string[] PathsOf(string field)
    {
        _shown.Add(field);
        return [.. _byPath.Keys.Where(path => IsAbout(path, field)).Order(StringComparer.Ordinal)];
    }

    private static string Named(string path, string text) => path.Length == 0 ? text : $"{path.TrimStart('.')}: {text}";

    private static string? WordsOf(IEnumerable<string> texts) =>
        string.Join(' ', texts) is { Length: > 0 } words ? words : null;

    private static bool IsAbout(string path, string field) =>
        path.StartsWith(field, StringComparison.Ordinal)
        && (path.Length == field.Length || path[field.Length] is '.' or '[');
}
