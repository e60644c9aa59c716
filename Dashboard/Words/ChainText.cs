using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Words;

/// <summary>The words for the state of the audit log.</summary>
internal static class ChainText
{
    /// <summary>
    /// How many events may be unsigned for a while: the Broker signs every 1,000, and one that grows fast is a little
    /// behind.
    /// </summary>
    private const int UnsignedMax = 2_000;

    public static string Words(AuditChainView chain) =>
        chain.Problem is not null ? "not signed"
        : IsBehind(chain) ? "signing is behind"
        : chain.SignedThrough is null ? "not signed yet"
        : "signed";

    public static Tone ToneOf(AuditChainView chain) =>
        chain.Problem is not null || IsBehind(chain) ? Tone.Bad
        : chain.SignedThrough is null ? Tone.Wait
        : Tone.Ok;

    private static bool IsBehind(AuditChainView chain) =>
        chain.SignedThrough is { } through && chain.Events - through > UnsignedMax;
}
