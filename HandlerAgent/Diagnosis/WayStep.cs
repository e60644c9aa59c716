using System.Text.Json.Serialization;

namespace ScheduleZero.HandlerAgent.Diagnosis;

/// <summary>How a step of a way went.</summary>
internal enum StepOutcome
{
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>The way works, but not as well as it could.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,

    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>There was nothing to check, or nothing was asked for.</summary>
    [JsonStringEnumMemberName("skipped")]
    Skipped,
}

/// <summary>One step on the way from an agent to a server.</summary>
/// <param name="Name">One of <see cref="WayStep.Names"/>.</param>
/// <param name="Detail">What was found, and what to do about a failure; without secrets.</param>
internal sealed record WayStep(string Name, StepOutcome Outcome, string Detail)
{
    public const string Settings = "settings";
    public const string HostName = "name";
    public const string Tcp = "tcp";
    public const string Proxy = "proxy";
    public const string Tls = "tls";
    public const string Clock = "clock";
    public const string Upgrade = "upgrade";
    public const string Transport = "transport";
    public const string Hello = "hello";
    public const string Silence = "idle";

    /// <summary>The steps in the order in which they are taken.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [Settings, HostName, Tcp, Proxy, Tls, Clock, Upgrade, Transport, Hello, Silence];
}
