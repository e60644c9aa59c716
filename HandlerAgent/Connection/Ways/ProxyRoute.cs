using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace ScheduleZero.HandlerAgent.Connection.Ways;

/// <summary>The forward proxy that a dial goes through, with the credentials that the proxy may ask for.</summary>
/// <param name="address">The address without credentials.</param>
/// <param name="user">The name that the proxy asks for; null for none.</param>
/// <param name="password">The password of the user; null for none.</param>
internal sealed class ProxyRoute(Uri address, string? user, string? password)
{
    private static readonly string[] Schemes = ["http", "https", "socks4", "socks4a", "socks5"];

    public Uri Address => address;

    public bool HasCredentials => user is not null;

    /// <summary>The forms in which libraries may write the password: as it is, in a URL, and in a header.</summary>
    public IReadOnlyList<string> Secrets =>
        string.IsNullOrEmpty(password)
            ? []
            :
            [
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")),
                Convert.ToBase64String(Encoding.Latin1.GetBytes($"{user}:{password}")),
                Uri.EscapeDataString(password),
                password,
            ];

    /// <summary>Reads a proxy as curl and .NET do: <c>[scheme://][user:password@]host[:port]</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ProxyRoute? route)
    {
        route = null;
        var schemeEnd = text.IndexOf("://", StringComparison.Ordinal);
        // socks5h asks the proxy to resolve names, which .NET's socks5 does.
        var scheme = schemeEnd < 0 ? "http" : text[..schemeEnd].ToLowerInvariant().Replace("socks5h", "socks5");
        var rest = schemeEnd < 0 ? text : text[(schemeEnd + 3)..];
        // A password may hold the sign, a host cannot.
        var at = rest.LastIndexOf('@');
        if (
            !Schemes.Contains(scheme, StringComparer.Ordinal)
            || !Uri.TryCreate($"{scheme}://{rest[(at + 1)..].TrimEnd('/')}", UriKind.Absolute, out var address)
            || address.Host.Length == 0
            || address.AbsolutePath.Trim('/').Length > 0
            || address.Query.Length > 0
            || address.Port <= 0
        )
        {
            return false;
        }

        route = at < 0 ? new ProxyRoute(address, null, null) : WithCredentials(address, rest[..at]);
        return true;
    }

    /// <summary>Makes a route with credentials of the form <c>user:password</c>.</summary>
    /// <param name="isEscaped">Whether the parts are escaped, as in a URL.</param>
    public static ProxyRoute WithCredentials(Uri address, string credentials, bool isEscaped = true)
    {
        var colon = credentials.IndexOf(':', StringComparison.Ordinal);
        var (user, password) = colon < 0 ? (credentials, "") : (credentials[..colon], credentials[(colon + 1)..]);
        return isEscaped
            ? new ProxyRoute(address, Uri.UnescapeDataString(user), Uri.UnescapeDataString(password))
            : new ProxyRoute(address, user, password);
    }

    public IWebProxy ToWebProxy() =>
        new WebProxy(address) { Credentials = user is null ? null : new NetworkCredential(user, password) };

    /// <summary>The address alone, fit for logs.</summary>
    public override string ToString() => $"{address.Scheme}://{address.Authority}";
}
