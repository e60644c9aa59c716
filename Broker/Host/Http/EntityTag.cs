using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>
/// The ETag of a resource: its last saved version and, where the answer also shows fields that change by themselves, a
/// digest of those fields. A condition on a change compares the version alone, so that a schedule that fires does not
/// stand in the way of an edit. A 304 needs the whole tag to match.
/// </summary>
/// <param name="Version">The version, which grows with each change that somebody asks for.</param>
/// <param name="Digest">A digest of the fields that change by themselves; null where there are none.</param>
internal readonly partial record struct EntityTag(long Version, string? Digest = null)
{
    /// <summary>The tag of a resource that has fields which change without a new version.</summary>
    /// <param name="moving">All those fields, as text.</param>
    public static EntityTag Of(long version, string moving) =>
        new(version, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(moving)).AsSpan(0, 4)));

    /// <summary>The version that a tag names; null for a tag that this Broker does not make.</summary>
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
