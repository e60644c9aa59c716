using System.Text;

namespace ScheduleZero.Processes;

/// <summary>
/// Reads shell lines as help texts and the README show them: words, quotes, pipes, redirections, variables before a
/// command, comments.
/// </summary>
internal static class ShellLine
{
    /// <summary>The commands of a line, each as a list of words.</summary>
    public static IEnumerable<string[]> Commands(string line)
    {
        var command = new List<string>();
        var skipsNext = false;
        foreach (var (word, isOperator) in Words(line))
        {
            if (isOperator && word is "|" or "||" or "&&" or ";" or "&")
            {
                yield return [.. command];
                command.Clear();
            }
            else if (isOperator)
            {
                skipsNext = true; // The next word is the file of a redirection.
            }
            else if (skipsNext)
            {
                skipsNext = false;
            }
            else if (command.Count > 0 || !IsVariable(word))
            {
                command.Add(word);
            }
        }

        yield return [.. command];
    }

    private static bool IsVariable(string word) =>
        word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
        && word[..at].All(c => char.IsAsciiLetterUpper(c) || c == '_');

    private static IEnumerable<(string Word, bool IsOperator)> Words(string line)
    {
        var (word, isWord, quote) = (new StringBuilder(), false, '\0');
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (quote != '\0')
            {
                if (c == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word.Append(c == '\\' && quote == '"' ? line[++i] : c);
                }
            }
            else if (c is '\'' or '"')
            {
                (quote, isWord) = (c, true);
            }
            else if (c == '#' && !isWord)
            {
                break;
            }
            else if (char.IsWhiteSpace(c) || "|&;<>".Contains(c, StringComparison.Ordinal))
            {
                if (isWord)
                {
                    yield return (word.ToString(), false);
                }

                word.Clear();
                isWord = false;
                if (!char.IsWhiteSpace(c))
                {
                    var isDouble = i + 1 < line.Length && line[i + 1] == c;
                    yield return (isDouble ? new string(c, 2) : c.ToString(), true);
                    i += isDouble ? 1 : 0;
                }
            }
            else
            {
                word.Append(c);
                isWord = true;
            }
        }

        if (isWord)
        {
            yield return (word.ToString(), false);
        }
    }
}
