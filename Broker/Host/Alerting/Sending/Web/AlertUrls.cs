using System.Net;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Web;

/// <summary>Judges the form of URLs that notices may go to. Where a URL leads is judged when it is dialled.</summary>
internal static class AlertUrls
{
    public const int LengthMax = 2000;

    /// <summary>What is wrong with a URL, as a sentence that does not repeat it; null when nothing is.</summary>
    public static string? ProblemOf(string url)
    {
        if (url.Length > LengthMax)
        {
            return $"The URL is longer than {LengthMax} characters.";
        }

        // Browsers and .NET leave out or encode such characters, each in a way of its own.
        if (url.Any(c => c <= ' ' || char.IsControl(c) || char.IsWhiteSpace(c) || c == '\\'))
        {
            return "The URL has a space, a backslash or a character that nobody sees.";
        }

        if (
            !Uri.TryCreate(url, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp)
            || uri.Host.Length == 0
            || uri.Port is < 1 or > IPEndPoint.MaxPort
        )
        {
            return "This is no URL that notices can go to; it looks like https://hooks.example.org/path.";
        }

        // .NET forgets a user that is empty, so the text itself is asked.
        var host = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..].Split('/', '?', '#')[0];
        return host.Contains('@', StringComparison.Ordinal)
            ? "The URL has a user before its host, which is not sent."
            : null;
    }
}
