using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Core.Audit;

/// <summary>
/// What is to stand in the audit log of an input: who asked for what, and from where. The outcome is the decision's.
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

    /// <summary>As <c>resource:verb</c>.</summary>
    public required string Action { get; init; }

    /// <summary>Such as <c>job:…</c>; <c>jobs:100</c> for a batch.</summary>
    public string? Object { get; init; }

    public string? Namespace { get; init; }

    /// <summary>
    /// One of <see cref="AuditOutcomes"/>; that of a refused command is Failed, whatever stands here.
    /// </summary>
    public string Outcome { get; init; } = AuditOutcomes.Allowed;

    public string? Reason { get; init; }

    public string? Address { get; init; }

    public string? RequestId { get; init; }

    public AuditDetail? Detail { get; init; }
}
