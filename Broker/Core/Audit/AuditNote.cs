using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Core.Audit;

/// <summary>
/// A note of who asked for what, and from where, of which an event of the audit log is made. The decision adds the
/// outcome.
/// </summary>
public sealed record AuditNote
{
    public const string System = "system";
    public const string Anonymous = "anonymous";

    /// <summary>
    /// Who acted, such as <c>user:ana</c>, <c>key:0123456789ab</c>, <c>handler:office-7</c>, <see cref="Anonymous"/> or
    /// <see cref="System"/>.
    /// </summary>
    public required string Actor { get; init; }

    /// <summary>How the actor proved who it is, such as <c>api-key</c>.</summary>
    public string? Method { get; init; }

    public string? Session { get; init; }

    /// <summary>The action, in the form <c>resource:verb</c>.</summary>
    public required string Action { get; init; }

    /// <summary>What the action was about, such as <c>job:…</c>, or <c>jobs:100</c> for a set of 100 jobs.</summary>
    public string? Object { get; init; }

    public string? Namespace { get; init; }

    /// <summary>
    /// One of <see cref="AuditOutcomes"/>. The event about a refused request says Failed, whatever the note says.
    /// </summary>
    public string Outcome { get; init; } = AuditOutcomes.Allowed;

    public string? Reason { get; init; }

    public string? Address { get; init; }

    public string? RequestId { get; init; }

    public AuditDetail? Detail { get; init; }
}
