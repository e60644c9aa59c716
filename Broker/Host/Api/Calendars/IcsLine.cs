namespace ScheduleZero.Broker.Host.Api.Calendars;

/// <summary>One property of an iCalendar file.</summary>
/// <param name="Name">The name of the property, in capitals.</param>
/// <param name="Parameters">The parameters as written, each with a semicolon before it; empty for none.</param>
internal sealed record IcsLine(string Name, string Parameters, string Value)
{
    public static IcsLine Of(string line)
    {
        var colon = Outside(line, ':', 0);
        var semicolon = Outside(line, ';', 0);
        var end = semicolon >= 0 && (colon < 0 || semicolon < colon) ? semicolon : colon;
        return end < 0
            ? new IcsLine(line.ToUpperInvariant(), "", "")
            : new IcsLine(
                line[..end].ToUpperInvariant(),
                colon < 0 ? line[end..] : line[end..colon],
                colon < 0 ? "" : line[(colon + 1)..].Trim()
            );
    }

    /// <summary>Whether the value of the line is a day, or several days.</summary>
    public bool IsDate =>
        Parameter("VALUE") is "DATE"
        || (Value.Length >= 8 && Value[..8].All(char.IsAsciiDigit) && (Value.Length == 8 || Value[8] == ','));

    /// <summary>The value of a parameter in capitals, without quotes; null when there is no such parameter.</summary>
    public string? Parameter(string name) =>
        All()
            .Where(parameter => parameter.Name == name)
            .Select(parameter => parameter.Value.ToUpperInvariant())
            .FirstOrDefault();

    /// <summary>The name of the line's zone as written, without quotes; null for none.</summary>
    public string? TimeZone =>
        All().Where(parameter => parameter.Name == "TZID").Select(parameter => parameter.Value).FirstOrDefault();

    /// <summary>The parameters as written, without the one of a name.</summary>
    public string Without(string name) =>
        string.Concat(All().Where(parameter => parameter.Name != name).Select(parameter => parameter.Text));

    public override string ToString() => $"{Name}{Parameters}:{Value}";

    private IEnumerable<(string Name, string Value, string Text)> All()
    {
        for (var at = 0; at < Parameters.Length; )
        {
            var next = Outside(Parameters, ';', at + 1) is >= 0 and var found ? found : Parameters.Length;
            var text = Parameters[at..next];
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            yield return equals < 0
                ? (text[1..].ToUpperInvariant(), "", text)
                : (text[1..equals].ToUpperInvariant(), text[(equals + 1)..].Trim('"'), text);
            at = next;
        }
    }

    // The index of the first such sign that does not stand between quotes; -1 for none.
    private static int Outside(string text, char sign, int from)
    {
        var isQuoted = false;
        for (var i = from; i < text.Length; i++)
        {
            isQuoted ^= text[i] == '"';
            if (!isQuoted && text[i] == sign)
            {
                return i;
            }
        }

        return -1;
    }
}
