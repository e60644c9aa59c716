using System.Text.Json;
using System.Text.RegularExpressions;
using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent.Commands;

internal enum ParamType
{
    Text,
    Integer,
    Number,
    Flag,
    Choice,
}

/// <summary>The type and the bounds of one param of a command.</summary>
internal sealed record ParamDeclaration
{
    private const int LengthMaxDefault = 4096;
    private const int LengthMaxMost = 100_000;

    public required string Name { get; init; }

    public required ParamType Type { get; init; }

    public required bool IsRequired { get; init; }

    public required int LengthMax { get; init; }

    public required Regex? Pattern { get; init; }

    /// <summary>The pattern as configured, for the published schema; null for none.</summary>
    public required string? PatternText { get; init; }

    public required decimal? Min { get; init; }

    public required decimal? Max { get; init; }

    public required IReadOnlyList<string> Choices { get; init; }

    /// <summary>Whether a value may begin with a dash where the program would read it as an option.</summary>
    public required bool MayBeginWithDash { get; init; }

    public static ParamDeclaration Read(string name, YamlPart part)
    {
        if (!Names.IsName(name) || name.Contains('.', StringComparison.Ordinal))
        {
            throw part.Wrong("this is no param name (letters, digits and _ : -)");
        }

        var type = part.Get("type")
            .OneOf(
                ("string", ParamType.Text),
                ("integer", ParamType.Integer),
                ("number", ParamType.Number),
                ("boolean", ParamType.Flag),
                ("enum", ParamType.Choice)
            );
        var isText = type == ParamType.Text;
        var isNumber = type is ParamType.Integer or ParamType.Number;
        var pattern = isText ? part.Find("pattern") : null;
        var declaration = new ParamDeclaration
        {
            Name = name,
            Type = type,
            IsRequired = part.Find("required")?.Flag() ?? false,
            LengthMax = (isText ? part.Find("maxLength") : null)?.Integer(0, LengthMaxMost) ?? LengthMaxDefault,
            Pattern = pattern is null ? null : Compile(pattern),
            PatternText = pattern?.Text(),
            Min = (isNumber ? part.Find("min") : null)?.Number(),
            Max = (isNumber ? part.Find("max") : null)?.Number(),
            Choices = type == ParamType.Choice ? [.. part.Get("values").Items().Select(v => v.Text())] : [],
            MayBeginWithDash = (isText ? part.Find("allowLeadingDash") : null)?.Flag() ?? false,
        };
        part.RefuseOthers();
        return declaration;
    }

    /// <summary>The value as it stands in an argument.</summary>
    /// <exception cref="JobFailedException">The value is not what was declared.</exception>
    public string Check(JsonElement value) =>
        Type switch
        {
            ParamType.Text => CheckText(value),
            ParamType.Choice => value.ValueKind == JsonValueKind.String
            && Choices.Contains(value.GetString()!, StringComparer.Ordinal)
                ? value.GetString()!
                : throw Wrong($"one of {string.Join(", ", Choices)} is expected"),
            ParamType.Flag => value.ValueKind switch
            {
                JsonValueKind.True => "true",
                JsonValueKind.False => "false",
                _ => throw Wrong("true or false is expected"),
            },
            _ => CheckNumber(value),
        };

    private string CheckText(JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong("a string is expected");
        if (text.Length > LengthMax)
        {
            throw Wrong($"at most {LengthMax} characters are expected");
        }

        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw Wrong("NUL characters are not accepted");
        }

        return Pattern?.IsMatch(text) == false ? throw Wrong($"a text that matches {PatternText} is expected") : text;
    }

    private string CheckNumber(JsonElement value)
    {
        if (
            value.ValueKind != JsonValueKind.Number
            || !value.TryGetDecimal(out var number)
            || (Type == ParamType.Integer && decimal.Truncate(number) != number)
        )
        {
            throw Wrong(Type == ParamType.Integer ? "a whole number is expected" : "a number is expected");
        }

        return number < Min || number > Max ? throw Wrong($"a number from {Min} to {Max} is expected") : Plain(number);
    }

    private string Plain(decimal number) =>
        Type == ParamType.Integer ? decimal.Truncate(number).ToString("0") : number.ToString();

    private JobFailedException Wrong(string problem) =>
        new("invalid_params", $"$.{Name}: {problem}.", retryable: false);

    // The time is linear whatever the text, since the value comes from outside. The whole text must match.
    private static Regex Compile(YamlPart part)
    {
        try
        {
            return new Regex($@"\A(?:{part.Text()})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw part.Wrong($"this pattern cannot be used: {e.Message}");
        }
    }
}
