using System.Net;
using ScheduleZero.Contracts;

namespace ScheduleZero.Edges;

/// <summary>
/// Ranges of addresses, read once. An IPv4 address that is written as IPv6 counts as the IPv4 address.
/// </summary>
internal sealed class AddressRanges
{
    public const int RangesMax = 256;

    /// <summary>Reads the ranges.</summary>
    /// <exception cref="ArgumentException">A text is no range; <see cref="Problems"/> would have said so.</exception>
    public AddressRanges(IEnumerable<string> ranges) =>
        Networks = [
            .. ranges.Select(range =>
                AddressRange.TryRead(range, out var network)
                    ? network
                    : throw new ArgumentException($"'{range}' is no range of addresses.", nameof(ranges))
            ),
        ];

    public IReadOnlyList<IPNetwork> Networks { get; }

    public bool IsEmpty => Networks.Count == 0;

    /// <summary>What is wrong with the ranges, one sentence for each that cannot be read.</summary>
    /// <param name="flag">The flag or variable that the ranges came from, for the sentences.</param>
    public static IEnumerable<string> Problems(string flag, IReadOnlyList<string> ranges)
    {
        if (ranges.Count > RangesMax)
        {
            yield return $"{flag}: at most {RangesMax} ranges are taken.";
        }

        foreach (var range in ranges.Where(range => !AddressRange.IsRange(range)))
        {
            yield return $"{flag}: '{range}' is neither an IP address nor a range such as 10.0.0.0/8 or "
                + "2001:db8::/32 with all bits beyond the prefix 0.";
        }
    }

    public bool Holds(IPAddress? address)
    {
        if (address is null)
        {
            return false;
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (var network in Networks)
        {
            if (network.Contains(plain))
            {
                return true;
            }
        }

        return false;
    }
}
