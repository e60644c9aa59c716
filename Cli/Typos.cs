using System.CommandLine.Parsing;

namespace ScheduleZero.Cli;

/// <summary>Guesses what somebody meant by a word that is not understood.</summary>
internal static class Typos
{
    /// <summary>
    /// Finds the verb or option that is nearest to the word, of those that may stand at this place; null when none is
    /// near.
    /// </summary>
    public static string? Nearest(string word, CommandResult place)
    {
        var known = word.StartsWith('-') ? OptionsAt(place) : place.Command.Subcommands.Select(verb => verb.Name);
        var nearest = known.MinBy(name => Distance(word, name));
        var lettersMax = Math.Max(1, word.TrimStart('-').Length / 3);
        return nearest is not null && Distance(word, nearest) <= lettersMax ? nearest : null;
    }

    private static IEnumerable<string> OptionsAt(CommandResult place)
    {
        var here = place.Command.Options.AsEnumerable();
        for (var above = place.Parent as CommandResult; above is not null; above = above.Parent as CommandResult)
        {
            here = here.Concat(above.Command.Options.Where(option => option.Recursive));
        }

        return here.Where(option => !option.Hidden).Select(option => option.Name);
    }

    /// <summary>
    /// The distance between two words: how many letters must be added, removed or exchanged to make one of the other.
    /// </summary>
    private static int Distance(string from, string to)
    {
        var above = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var row = new int[to.Length + 1];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var exchange = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                row[j] = Math.Min(exchange, 1 + Math.Min(above[j], row[j - 1]));
            }

            above = row;
        }

        return above[to.Length];
    }
}
