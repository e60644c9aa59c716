namespace ScheduleZero.Edges;

/// <summary>
/// Reads origins as browsers send them (RFC 6454): scheme, host and, where it is not the scheme's own, port. A text
/// with anything else is none: no path, no wildcard, no null.
/// </summary>
internal static class Origins
{
    public const int OriginsMax = 64;

    public static IEnumerable<string> Problems(string flag, IReadOnlyList<string> origins)
    {
        if (origins.Count > OriginsMax)
        {
            yield return $"{flag}: at most {OriginsMax} origins are taken.";
        }

        foreach (var origin in origins.Where(origin => !IsOrigin(origin)))
        {
            yield return $"{flag}: '{origin}' is not an origin as browsers send it, such as "
                + "https://app.example.org or http://localhost:3000.";
        }
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && uri.UserInfo.Length == 0
        && !text.Contains('*', StringComparison.Ordinal)
        && uri.GetLeftPart(UriPartial.Authority).Equals(text, StringComparison.Ordinal);
}
