using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>
/// The ETag of a thing: the version that was saved last and, where an answer also shows what changes by itself, a
/// digest of that. A request that changes something is held to the version alone, so that a schedule that fires does
/// not stand in the way of an edit; a 304 needs the whole tag.
/// </summary>
/// <param name="Version">Grows with each change that somebody asks for.</param>
/// <param name="Digest">Of what changes by itself; null where nothing has, or can.</param>
internal readonly partial record struct EntityTag(long Version, string? Digest = null)
{
    /// <param name="version">As it was saved.</param>
    /// <param name="moving">Every field of the answer that changes without a new version, as text.</param>
    public static EntityTag Of(long version, string moving) =>
        new(version, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(moving)).AsSpan(0, 4)));

    /// <summary>The version that a tag names; null for a tag that is none of ours.</summary>
    public static long? VersionOf(ReadOnlySpan<char> tag)
    {
        if (!Form().IsMatch(tag))
        {
            return null;
        }

        var inner = tag[1..^1];
        var dash = inner.IndexOf('-');
        var number = dash < 0 ? inner : inner[..dash];
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;
    }

    public override string ToString() =>
        Digest is null
            ? string.Create(CultureInfo.InvariantCulture, $"\"{Version}\"")
            : string.Create(CultureInfo.InvariantCulture, $"\"{Version}-{Digest}\"");

    [GeneratedRegex("^\"(0|[1-9][0-9]{0,18})(-[0-9a-f]{8})?\"$")]
    private static partial Regex Form();
}
