using System.Text;
using System.Text.RegularExpressions;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>
/// One argument with <c>${params.name}</c> in it. The argument is filled without a shell: whatever a value contains, it
/// stays within this one argument.
/// </summary>
internal sealed partial class ArgumentTemplate
{
    private readonly IReadOnlyList<Piece> _pieces;

    private ArgumentTemplate(IReadOnlyList<Piece> pieces) => _pieces = pieces;

    /// <summary>Reads an argument of the configuration.</summary>
    /// <exception cref="ConfigException">
    /// A placeholder is not understood, or names a param that is not declared.
    /// </exception>
    public static ArgumentTemplate Read(YamlPart part, ParamsDeclaration declared)
    {
        var text = part.Text();
        var pieces = new List<Piece>();
        var at = 0;
        foreach (Match match in Placeholder().Matches(text))
        {
            var name = match.Groups[1].Value;
            var param =
                declared.Find(name) ?? throw part.Wrong($"${{params.{name}}} names a param that is not declared");
            pieces.Add(new Piece(text[at..match.Index], param));
            at = match.Index + match.Length;
        }

        pieces.Add(new Piece(text[at..], null));
        return pieces.Exists(p => p.Before.Contains("${", StringComparison.Ordinal))
            ? throw part.Wrong("only ${params.name} may stand as placeholder")
            : new ArgumentTemplate(pieces);
    }

    /// <summary>
    /// Fills the argument; null when a param in it was not given, and the argument is to be left out.
    /// </summary>
    /// <exception cref="JobFailedException">The value would be read as an option by the program.</exception>
    public string? Fill(IReadOnlyDictionary<string, string> values)
    {
        var argument = new StringBuilder();
        foreach (var (before, param) in _pieces)
        {
            argument.Append(before);
            if (param is null)
            {
                continue;
            }

            if (!values.TryGetValue(param.Name, out var value))
            {
                return null;
            }

            if (
                argument.Length == 0
                && param is { Type: ParamType.Text, MayBeginWithDash: false }
                && value.StartsWith('-')
            )
            {
                throw new JobFailedException(
                    "invalid_params",
                    $"$.{param.Name}: a text that begins with a dash could be taken for an option and is refused.",
                    retryable: false
                );
            }

            argument.Append(value);
        }

        return argument.ToString();
    }

    [GeneratedRegex(@"\$\{params\.([A-Za-z0-9_:\-]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();

    private readonly record struct Piece(string Before, ParamDeclaration? Param);
}
