using System.Buffers;
using System.Globalization;

namespace ScheduleZero.Contracts.Audit;

/// <summary>
/// An event's place in the chain. Whoever saves a point elsewhere will notice when anything up to that event is changed
/// or cut off.
/// </summary>
/// <param name="Hash">64 lower-case hexadecimal digits.</param>
public readonly record struct AuditPoint(long Sequence, string Hash)
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>Reads <c>sequence:hash</c>.</summary>
    public static bool TryParse(string? text, out AuditPoint point)
    {
        point = default;
        if (
            text is null
            || text.IndexOf(':', StringComparison.Ordinal) is var colon && colon < 1
            || !long.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            || sequence < 1
            || !IsHash(text.AsSpan(colon + 1))
        )
        {
            return false;
        }

        point = new AuditPoint(sequence, text[(colon + 1)..]);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Sequence}:{Hash}");

    internal static bool IsHash(ReadOnlySpan<char> text) =>
        text.Length == 2 * AuditChain.HashBytes && !text.ContainsAnyExcept(Digits);
}
