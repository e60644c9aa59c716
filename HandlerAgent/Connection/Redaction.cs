using System.Text.RegularExpressions;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>
/// Removes credentials from texts that libraries wrote: .NET writes the whole address of a proxy, with its password,
/// into exceptions.
/// </summary>
internal static partial class Redaction
{
    /// <param name="secrets">Texts that must not appear; null for none but those that are known by their form.</param>
    public static string Clean(string text, IReadOnlyList<string>? secrets)
    {
        // A secret that is known goes first: it may hold the signs by which the other forms are found.
        foreach (var secret in secrets ?? [])
        {
            text = text.Replace(secret, "…", StringComparison.Ordinal);
        }

        return Key().Replace(UserInfo().Replace(text, "//…@"), "$1_…");
    }

    /// <summary>The messages of an exception and of its inner exceptions, each once, without credentials.</summary>
    public static string Clean(Exception exception, IReadOnlyList<string>? secrets)
    {
        var messages = new List<string>();
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (!messages.Exists(m => m.Contains(e.Message, StringComparison.Ordinal)))
            {
                messages.Add(e.Message);
            }
        }

        return Clean(string.Join(" ← ", messages), secrets);
    }

    [GeneratedRegex(@"//[^/\s]*@", RegexOptions.CultureInvariant)]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"(sz[ek]_[0-9a-f]{12})_[A-Za-z0-9_\-]+", RegexOptions.CultureInvariant)]
    private static partial Regex Key();
}
