using System.Text;

namespace ScheduleZero.Edges;

/// <summary>Writes the help of a server's own program from its options.</summary>
internal static class ServerHelp
{
    private const int TextColumn = 23;
    private const int WidthMax = 120;

    /// <param name="head">The first line, which shows how the program is called.</param>
    /// <param name="foot">What stands below the options.</param>
    public static string Write(string head, IEnumerable<ServerOption> options, string foot)
    {
        var text = new StringBuilder(head).AppendLine().AppendLine();
        foreach (var option in options)
        {
            Append(text, option);
        }

        return text.AppendLine().Append(foot).ToString();
    }

    private static void Append(StringBuilder text, ServerOption option)
    {
        var name = $"  {option.Name}{(option.ValueName is { } value ? $" {value}" : "")}{(option.IsList ? "…" : "")}";
        text.Append(name);
        var column = name.Length;
        if (column >= TextColumn)
        {
            (column, _) = (0, text.AppendLine());
        }

        text.Append(' ', TextColumn - column);
        column = TextColumn;
        foreach (var word in option.Description.Split(' '))
        {
            if (column > TextColumn && column + 1 + word.Length > WidthMax)
            {
                text.AppendLine().Append(' ', TextColumn);
                column = TextColumn;
            }
            else if (column > TextColumn)
            {
                text.Append(' ');
                column++;
            }

            text.Append(word);
            column += word.Length;
        }

        text.AppendLine();
    }
}
