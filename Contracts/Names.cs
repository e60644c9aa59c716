using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace ScheduleZero.Contracts;

/// <summary>
/// The rules for names: plain ASCII, so that a name looks the same in a URL, a log line and a header.
/// </summary>
public static partial class Names
{
    public const string DefaultNamespace = "default";

    /// <summary>
    /// Whether the text may name a method, handler, group, schedule or key: a letter or digit, then letters, digits and
    /// <c>. _ - :</c>; 128 characters at most.
    /// </summary>
    public static bool IsName([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= Limits.NameLengthMax } && Name().IsMatch(text);

    /// <summary>
    /// Whether the text may name a namespace: lower-case letters, digits and dashes, beginning with a letter; 63
    /// characters at most.
    /// </summary>
    public static bool IsNamespace([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= Limits.NamespaceLengthMax } && Namespace().IsMatch(text);

    /// <summary>Whether the text names somebody who acts: <c>user:</c> or <c>key:</c>, and a name.</summary>
    public static bool IsAccount([NotNullWhen(true)] string? text) =>
        text?.Split(':', 2) is ["user" or "key", var name] && IsName(name);

    /// <summary>
    /// Whether the text is a pattern: a name in which <c>*</c> stands for any run of characters, such as
    /// <c>reports.*</c>.
    /// </summary>
    public static bool IsPattern([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= Limits.NameLengthMax } && Pattern().IsMatch(text);

    /// <summary>Whether a name fits a pattern. Case counts.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        // The classic two-finger walk: on a mismatch, the walk returns to the last star and lets it match one more
        // character.
        int p = 0,
            n = 0,
            star = -1,
            mark = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = n;
            }
            else if (p < pattern.Length && pattern[p] == name[n])
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++mark;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._:\-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"^[a-z][a-z0-9\-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^[A-Za-z0-9*][A-Za-z0-9._:*\-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
