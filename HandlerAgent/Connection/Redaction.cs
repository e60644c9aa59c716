using System.Text.RegularExpressions;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>
/// Removes credentials from texts that libraries wrote: .NET writes the whole address of a proxy, with its password,
/// into exceptions.
/// </summary>
internal static partial class Redaction
{
    public static string Clean(string text, string? secret)
    {
        var clean = Key().Replace(UserInfo().Replace(text, "//…@"), "$1_…");
        return string.IsNullOrEmpty(secret) ? clean : clean.Replace(secret, "…", StringComparison.Ordinal);
    }

    /// <summary>The messages of an exception and of its inner exceptions, each once, without credentials.</summary>
    public static string Clean(Exception exception, string? secret)
    {
        var messages = new List<string>();
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (!messages.Exists(m => m.Contains(e.Message, StringComparison.Ordinal)))
            {
                messages.Add(e.Message);
            }
        }

        return Clean(string.Join(" ← ", messages), secret);
    }

    [GeneratedRegex(@"//[^/\s@]*@", RegexOptions.CultureInvariant)]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"(sz[ek]_[0-9a-f]{12})_[A-Za-z0-9_\-]+", RegexOptions.CultureInvariant)]
    private static partial Regex Key();
}
