using System.Globalization;
using System.Net;

namespace ScheduleZero.Edges;

/// <summary>Reads settings of a listener that arrive as text, from flags or from the environment.</summary>
internal static class SettingText
{
    /// <summary>The longest address that mail allows (RFC 5321, 4.5.3.1.3, without its brackets).</summary>
    private const int MailAddressLengthMax = 254;

    /// <summary>The text; null for one that is empty or only white space.</summary>
    public static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    /// <summary>A whole number, 0 or more; null for an empty text.</summary>
    /// <param name="refuse">Makes the exception for a text that is no such number, from its message.</param>
    public static int? WholeNumber(string? text, Func<string, Exception> refuse)
    {
        if (NullIfEmpty(text) is null)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw refuse($"'{text}' is not a whole number.");
    }

    /// <summary>Whether a text is one plain address of mail: without a name, quotes, or letters beyond ASCII.</summary>
    public static bool IsMailAddress(string text) =>
        text.Length <= MailAddressLengthMax
        && text.Split('@') is [{ Length: > 0 }, { Length: > 0 }]
        && text.All(c => char.IsAsciiLetterOrDigit(c) || "@.!#$*+-/=_{|}~'".Contains(c, StringComparison.Ordinal));

    /// <summary>Whether a host is this machine itself, so that nothing crosses a network.</summary>
    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
