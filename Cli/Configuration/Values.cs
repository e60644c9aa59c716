using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using ScheduleZero.Contracts;

namespace ScheduleZero.Cli.Configuration;

/// <summary>Makes options, and reads values that the library itself does not read.</summary>
internal static class Values
{
    /// <summary>The name of the value of an option that takes a duration, in help.</summary>
    public const string DurationName = "DURATION";

    /// <summary>The name of the value of an option that takes an instant, in help.</summary>
    public const string InstantName = "INSTANT";

    public static Option<T?> Number<T>(string name, string description, string valueName = "N")
        where T : struct, INumber<T> =>
        new(name)
        {
            Description = description,
            HelpName = valueName,
            CustomParser = result =>
                T.TryParse(Only(result), CultureInfo.InvariantCulture, out var value) && T.IsFinite(value)
                    ? value
                    : Fail<T?>(result, "is no number that fits"),
        };

    /// <summary>Makes an option that takes a whole number from 1 on.</summary>
    public static Option<int?> Count(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result =>
                int.TryParse(Only(result), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0
                    ? value
                    : Fail<int?>(result, "is no whole number from 1 on"),
        };

    /// <summary>Makes an option that takes a duration: ISO 8601, or a number with a unit, such as <c>90s</c>.</summary>
    public static Option<TimeSpan?> Duration(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = DurationName,
            CustomParser = result =>
                TryReadDuration(Only(result), out var value)
                    ? value
                    : Fail<TimeSpan?>(result, "is no duration, such as 30s, 5m, 2h, 1d or PT30S"),
        };

    /// <summary>Makes an option that takes an instant: RFC 3339, or a duration from now with its sign.</summary>
    public static Option<DateTimeOffset?> Instant(string name, string description, TimeProvider time) =>
        new(name)
        {
            Description = description,
            HelpName = InstantName,
            CustomParser = result =>
                TryReadInstant(Only(result), time, out var value)
                    ? value
                    : Fail<DateTimeOffset?>(result, "is no instant, such as 2026-12-31T08:00:00Z, +10m or -7d"),
        };

    /// <summary>Makes an option that may be given several times.</summary>
    public static Option<string[]> Many(string name, string description, string valueName) =>
        new(name)
        {
            Description = $"{description}; may be given several times",
            HelpName = valueName,
            DefaultValueFactory = _ => [],
            Arity = ArgumentArity.ZeroOrMore,
        };

    /// <summary>The values of an option that may be given several times; null when it was not given.</summary>
    public static string[]? GivenOrNull(string[]? values) => values is { Length: > 0 } ? values : null;

    public static Option<string?> Text(string name, string description, string valueName) =>
        new(name) { Description = description, HelpName = valueName };

    /// <summary>Makes an option that takes a word, one for each member of an enumeration.</summary>
    public static Option<T?> Word<T>(string name, string description)
        where T : struct, Enum
    {
        var words = Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName).ToArray();
        return new Option<T?>(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            CustomParser = result =>
                words.Contains(Only(result), StringComparer.OrdinalIgnoreCase)
                    ? Enum.Parse<T>(Only(result), ignoreCase: true)
                    : Fail<T?>(result, $"is none of {string.Join(", ", words)}"),
        };
    }

    /// <summary>Reads JSON: the text itself, <c>@file</c>, or <c>-</c> for standard input.</summary>
    /// <param name="what">What the JSON is, for the message of a refusal.</param>
    /// <exception cref="UsageException">The text is no JSON, or the file cannot be read.</exception>
    public static async Task<RawJson> ReadJsonAsync(
        string text,
        string what,
        TextReader standardInput,
        CancellationToken cancellationToken
    )
    {
        var json = await ReadTextAsync(text, standardInput, cancellationToken);
        try
        {
            return RawJson.Parse(json);
        }
        catch (JsonException e)
        {
            throw new UsageException(
                $"The {what} are no JSON: {e.Message} In a shell, put JSON between single quotes."
            );
        }
    }

    public static bool TryReadDuration(string text, out TimeSpan value)
    {
        value = default;
        if (IsoDuration.TryParse(text, out value))
        {
            return true;
        }

        double? seconds =
            text is [.., 'm', 's'] ? 0.001
            : text is [.., var unit]
                ? unit switch
                {
                    's' => 1,
                    'm' => 60,
                    'h' => 3600,
                    'd' => 86_400,
                    _ => null,
                }
            : null;
        var number = text.TrimEnd('s', 'm', 'h', 'd');
        if (
            seconds is null
            || !double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            || text.Length - number.Length != (seconds < 1 ? 2 : 1)
            || count * seconds > TimeSpan.MaxValue.TotalSeconds / 2
        )
        {
            return false;
        }

        value = TimeSpan.FromSeconds(count * seconds.Value);
        return true;
    }

    private static bool TryReadInstant(string text, TimeProvider time, out DateTimeOffset value)
    {
        if (text is ['+' or '-', .. var length] && TryReadDuration(length, out var delay))
        {
            var (now, distance) = (time.GetUtcNow(), text[0] == '+' ? delay : -delay);
            var isThere = distance <= DateTimeOffset.MaxValue - now && distance >= DateTimeOffset.MinValue - now;
            value = isThere ? now + distance : default;
            return isThere;
        }

        return DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out value
        );
    }

    /// <summary>Reads a text: the text itself, <c>@file</c>, or <c>-</c> for standard input.</summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public static async Task<string> ReadTextAsync(
        string text,
        TextReader standardInput,
        CancellationToken cancellationToken
    )
    {
        if (text == "-")
        {
            return await standardInput.ReadToEndAsync(cancellationToken);
        }

        try
        {
            return text.StartsWith('@') ? await File.ReadAllTextAsync(text[1..], cancellationToken) : text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(e.Message);
        }
    }

    /// <summary>The one word that the value of an option consists of.</summary>
    private static string Only(ArgumentResult result) => result.Tokens[0].Value;

    private static T? Fail<T>(ArgumentResult result, string why)
    {
        result.AddError($"'{Only(result)}' {why}.");
        return default;
    }
}
