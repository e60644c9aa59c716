namespace ScheduleZero.Contracts;

/// <summary>
/// The flags of a server's own program: <c>--name value…</c>, several values apart or in one text, separated by spaces,
/// commas or semicolons. The <c>schedulezero</c> command has a richer reader; both end in the same settings.
/// </summary>
public sealed class CommandFlags
{
    private static readonly char[] Separators = [' ', ',', ';'];

    private readonly Dictionary<string, List<string>> _given = new(StringComparer.Ordinal);

    /// <summary>Reads the arguments of a program.</summary>
    /// <param name="known">Each flag with the number of values that it takes: 0, 1, or −1 for one or more.</param>
    /// <exception cref="FormatException">A flag is unknown, or has another number of values.</exception>
    public CommandFlags(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, int> known)
    {
        List<string>? values = null;
        foreach (var argument in arguments)
        {
            if (!argument.StartsWith("--", StringComparison.Ordinal))
            {
                (values ?? throw new FormatException($"'{argument}' belongs to no flag.")).Add(argument);
            }
            else if (known.ContainsKey(argument))
            {
                values = _given.TryGetValue(argument, out var before) ? before : _given[argument] = [];
            }
            else
            {
                throw new FormatException($"'{argument}' is not known here.");
            }
        }

        foreach (var (flag, given) in _given)
        {
            if (known[flag] < 0 ? given.Count == 0 : given.Count != known[flag])
            {
                throw new FormatException($"'{flag}' is given with {given.Count} values.");
            }
        }
    }

    private CommandFlags(Dictionary<string, List<string>> given) => _given = given;

    /// <summary>Takes flags that another reader has read and checked.</summary>
    /// <param name="given">The values of each flag that was given; none for a flag that takes none.</param>
    public static CommandFlags Of(IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> given) =>
        new(given.ToDictionary(flag => flag.Key, flag => flag.Value.ToList(), StringComparer.Ordinal));

    public bool Has(string flag) => _given.ContainsKey(flag);

    /// <summary>The value of a flag; null when the flag was not given.</summary>
    public string? Value(string flag) => _given.GetValueOrDefault(flag)?[0];

    /// <summary>All values of a flag; null when the flag was not given.</summary>
    public IReadOnlyList<string>? Values(string flag) =>
        _given.TryGetValue(flag, out var given) ? [.. given.SelectMany(value => Split(value) ?? [])] : null;

    /// <summary>Parts a list as an environment variable holds it; null when the list is empty.</summary>
    public static IReadOnlyList<string>? Split(string? text) =>
        string.IsNullOrWhiteSpace(text)
            ? null
            : text.Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
