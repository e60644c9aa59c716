using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ScheduleZero.Broker.Host.Schemas;

/// <summary>
/// The formats of text that <c>format</c> can assert. A check takes time that grows only with the text, and uses no
/// patterns.
/// </summary>
internal static class TextFormats
{
    private const int HostNameLengthMax = 253;
    private const int LabelLengthMax = 63;
    private const int LocalPartLengthMax = 64;

    private static readonly SearchValues<char> AtomCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~."
    );

    private static readonly SearchValues<char> IPv6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    private static readonly SearchValues<char> UriCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&'()*+,;=%"
    );

    private static readonly FrozenDictionary<string, Format> Known = new Dictionary<string, Format>(
        StringComparer.Ordinal
    )
    {
        ["date-time"] = new(IsDateTime, "An RFC 3339 date and time is needed, such as 2026-10-01T02:00:00Z."),
        ["date"] = new(IsDate, "An RFC 3339 date is needed, such as 2026-10-01."),
        ["time"] = new(IsTime, "An RFC 3339 time with its offset is needed, such as 02:00:00Z."),
        ["duration"] = new(IsDuration, "An ISO 8601 duration is needed, such as PT15M or P1D."),
        ["email"] = new(IsEmail, "An e-mail address is needed."),
        ["hostname"] = new(IsHostName, "A host name is needed: letters, digits and dashes between dots."),
        ["ipv4"] = new(IsIPv4, "An IPv4 address is needed, such as 192.0.2.1."),
        ["ipv6"] = new(IsIPv6, "An IPv6 address is needed, such as 2001:db8::1."),
        ["uri"] = new(IsUri, "An absolute URI is needed (RFC 3986)."),
        ["uuid"] = new(IsUuid, "A UUID is needed, such as 0198c0de-0000-7000-8000-000000000001."),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The format of a name; null for one that is not checked here.</summary>
    public static Format? Find(string name) => Known.GetValueOrDefault(name);

    private static bool IsDateTime(ReadOnlySpan<char> text) =>
        text.Length > 11 && text[10] is 'T' or 't' && IsDate(text[..10]) && IsTime(text[11..]);

    private static bool IsDate(ReadOnlySpan<char> text) =>
        text.Length == 10
        && text[4] == '-'
        && text[7] == '-'
        && Number(text[..4]) is { } year
        && Number(text[5..7]) is >= 1 and <= 12 and { } month
        && Number(text[8..]) is >= 1 and { } day
        // The calendar of year 0 is that of 2000, which is also a leap year.
        && day <= DateTime.DaysInMonth(year == 0 ? 2000 : year, month);

    private static bool IsTime(ReadOnlySpan<char> text)
    {
        if (
            text.Length < 9
            || text[2] != ':'
            || text[5] != ':'
            || Number(text[..2]) is not (<= 23 and { } hour)
            || Number(text[3..5]) is not (<= 59 and { } minute)
            || Number(text[6..8]) is not (<= 60 and { } second)
        )
        {
            return false;
        }

        var rest = text[8..];
        if (rest[0] == '.')
        {
            var digits = rest[1..].IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0)
            {
                return false;
            }

            rest = rest[(digits + 1)..];
        }

        // A leap second stands at the end of a day of UTC.
        return OffsetOf(rest) is { } offset
            && (second < 60 || ((((hour * 60) + minute - offset) % 1440) + 1440) % 1440 == 1439);
    }

    // The offset from UTC in minutes; null for a text that is none.
    private static int? OffsetOf(ReadOnlySpan<char> text) =>
        text switch
        {
            ['Z' or 'z'] => 0,
            ['+' or '-', _, _, ':', _, _]
                when Number(text[1..3]) is <= 23 and { } hours && Number(text[4..]) is <= 59 and { } minutes => (
                text[0] == '-' ? -1 : 1
            ) * ((hours * 60) + minutes),
            _ => null,
        };

    private static bool IsDuration(ReadOnlySpan<char> text)
    {
        if (text is not ['P', _, ..])
        {
            return false;
        }

        text = text[1..];
        if (text[^1] == 'W')
        {
            return text.Length > 1 && IsDigits(text[..^1]);
        }

        var time = text.IndexOf('T');
        return AreParts(time < 0 ? text : text[..time], "YMD", mayBeEmpty: time >= 0)
            && (time < 0 || AreParts(text[(time + 1)..], "HMS", mayBeEmpty: false));
    }

    // Whether the text is a series of whole numbers, each followed by one of the units, in the order of the units.
    private static bool AreParts(ReadOnlySpan<char> text, ReadOnlySpan<char> units, bool mayBeEmpty)
    {
        if (text.IsEmpty)
        {
            return mayBeEmpty;
        }

        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            var unit = digits > 0 ? units.IndexOf(text[digits]) : -1;
            if (unit < 0)
            {
                return false;
            }

            units = units[(unit + 1)..];
            text = text[(digits + 1)..];
        }

        return true;
    }

    private static bool IsEmail(ReadOnlySpan<char> text)
    {
        var at = text.LastIndexOf('@');
        return at > 0
            && IsLocalPart(text[..at])
            && (
                text[(at + 1)..] is ['[', .. var literal, ']']
                    ? literal.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)
                        ? IsIPv6(literal[5..])
                        : IsIPv4(literal)
                    : IsHostName(text[(at + 1)..])
            );
    }

    private static bool IsLocalPart(ReadOnlySpan<char> text) =>
        text.Length <= LocalPartLengthMax
        && (
            text is ['"', .. var quoted, '"']
                ? IsQuoted(quoted)
                : !text.ContainsAnyExcept(AtomCharacters)
                    && text[0] != '.'
                    && text[^1] != '.'
                    && !text.Contains("..", StringComparison.Ordinal)
        );

    private static bool IsQuoted(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (
                text[i] is < ' ' or > '~' or '"'
                || (text[i] == '\\' && (++i == text.Length || text[i] is < ' ' or > '~'))
            )
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsHostName(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > HostNameLengthMax)
        {
            return false;
        }

        foreach (var part in text.Split('.'))
        {
            var label = text[part];
            if (label.Length is 0 or > LabelLengthMax || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            foreach (var c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool IsIPv4(ReadOnlySpan<char> text)
    {
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (part.Length is 0 or > 3 || Number(part) is not <= 255 || (part.Length > 1 && part[0] == '0'))
            {
                return false;
            }

            parts++;
        }

        return parts == 4;
    }

    // The framework's parser also takes zones, brackets and ports, which are excluded here.
    private static bool IsIPv6(ReadOnlySpan<char> text)
    {
        var last = text.LastIndexOf(':');
        return last >= 0
            && !text.ContainsAnyExcept(IPv6Characters)
            && (!text.Contains('.') || IsIPv4(text[(last + 1)..]))
            && IPAddress.TryParse(text, out var address)
            && address.AddressFamily == AddressFamily.InterNetworkV6;
    }

    private static bool IsUri(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        if (
            colon < 1
            || !char.IsAsciiLetter(text[0])
            || text.ContainsAnyExcept(UriCharacters)
            || !ArePercentsWhole(text)
        )
        {
            return false;
        }

        foreach (var c in text[..colon])
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '-' or '.'))
            {
                return false;
            }
        }

        var rest = text[(colon + 1)..];
        if (rest.StartsWith("//", StringComparison.Ordinal))
        {
            rest = rest[2..];
            var end = rest.IndexOfAny('/', '?', '#');
            if (!IsAuthority(end < 0 ? rest : rest[..end]))
            {
                return false;
            }

            rest = end < 0 ? [] : rest[end..];
        }

        return !rest.ContainsAny('[', ']') && rest.Count('#') <= 1;
    }

    private static bool IsAuthority(ReadOnlySpan<char> text)
    {
        var at = text.IndexOf('@');
        var host = text[(at + 1)..];
        if ((at >= 0 && text[..at].ContainsAny('[', ']')) || host.Contains('@'))
        {
            return false;
        }

        if (host is ['[', ..])
        {
            var end = host.IndexOf(']');
            return end > 0
                && IsIPv6(host[1..end])
                && (end + 1 == host.Length || (host[end + 1] == ':' && IsDigits(host[(end + 2)..])));
        }

        var port = host.IndexOf(':');
        return !host.ContainsAny('[', ']') && (port < 0 || IsDigits(host[(port + 1)..]));
    }

    private static bool ArePercentsWhole(ReadOnlySpan<char> text)
    {
        for (var i = text.IndexOf('%'); i >= 0; i = text.IndexOf('%'))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
            {
                return false;
            }

            text = text[(i + 3)..];
        }

        return true;
    }

    private static bool IsUuid(ReadOnlySpan<char> text) => text.Length == 36 && Guid.TryParseExact(text, "D", out _);

    private static bool IsDigits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');

    private static int? Number(ReadOnlySpan<char> text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>One format of text.</summary>
    /// <param name="Fits">Whether a text has the format.</param>
    /// <param name="Needed">The refusal of a text that does not have the format.</param>
    internal sealed record Format(TextCheck Fits, string Needed);

    internal delegate bool TextCheck(ReadOnlySpan<char> text);
}
