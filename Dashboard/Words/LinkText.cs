using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Words;

/// <summary>The words for links with Bridges and proxies.</summary>
internal static class LinkText
{
    public static string Of(LinkState state) =>
        state switch
        {
            LinkState.Up => "up",
            LinkState.Connected => "no Bridge yet",
            _ => "down",
        };

    public static Tone ToneOf(LinkState state) =>
        state switch
        {
            LinkState.Up => Tone.Ok,
            LinkState.Connected => Tone.Wait,
            _ => Tone.Bad,
        };

    /// <summary>The Bridges of a link, or its address where there is none.</summary>
    public static string NameOf(LinkView link) =>
        link.Bridges.Count > 0 ? HandlerText.Few(link.Bridges) : ForeignText.Short(link.Address, 100);

    /// <summary>The Bridges of a link, each with the version that it says it runs; empty where there is none.</summary>
    public static string BridgesOf(LinkView link, int shownMax) =>
        HandlerText.Few(
            link.Bridges.Select(bridge => VersionOf(link, bridge) is { } version ? $"{bridge} {version}" : bridge),
            shownMax
        );

    /// <summary>What a Bridge of a link says it runs, fit to be shown; null when it says nothing.</summary>
    public static string? VersionOf(LinkView link, string bridge) =>
        link.BridgeVersions?.TryGetValue(bridge, out var version) == true ? ForeignText.Short(version, 64) : null;

    /// <summary>What is wrong with a link that is down, and what to do, in a sentence.</summary>
    public static string Meaning(LinkErrorReason reason) =>
        reason switch
        {
            LinkErrorReason.Unreachable =>
                "No way leads there: look at the address, at the firewalls, and whether the other side runs.",
            LinkErrorReason.Refused => "Nobody listens there, or the other side does not accept the key of the Bridge.",
            LinkErrorReason.WrongServerKey =>
                "Another CURVE key answers than was expected: compare the keys; somebody else may answer there.",
            LinkErrorReason.KeyNotAllowed =>
                "The CURVE key is not allowed on the other side: schedulezero curve allow lets it in.",
            LinkErrorReason.PlaintextPeer => "One side wants CURVE and the other does not: start both with their keys.",
            _ => "",
        };
}
