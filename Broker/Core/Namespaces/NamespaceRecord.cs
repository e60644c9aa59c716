using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Namespaces;

/// <summary>A tenant: the border that nothing crosses, and what may be used inside it.</summary>
public sealed record NamespaceRecord : AccessRecord
{
    public override AccessKind Kind => AccessKind.Namespace;

    public override string Key => Name;

    public required string Name { get; init; }

    public string? Description { get; init; }

    public NamespaceLimits Limits { get; init; } = new();

    /// <summary>Where its callers and handlers may be; anywhere when null.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>
    /// From then on it is closed; the row stays until the last trace of it is gone, so that the name is not given again
    /// too early.
    /// </summary>
    public DateTimeOffset? DeletedAt { get; init; }
}
