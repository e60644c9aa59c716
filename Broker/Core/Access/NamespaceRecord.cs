using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>A tenant: the border that nothing crosses, and what may be used inside it.</summary>
public sealed record NamespaceRecord : AccessRecord
{
    public override AccessKind Kind => AccessKind.Namespace;

    public override string Key => Name;

    public required string Name { get; init; }

    public string? Description { get; init; }

    public NamespaceLimits Limits { get; init; } = new();

    /// <summary>Addresses from which callers and handlers may come; null for anywhere.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>
    /// When the deletion of the namespace began: it is closed from then on. The row stays until the last trace of the
    /// namespace is gone, so that the name is not given again too early. Null for a namespace that is not deleted.
    /// </summary>
    public DateTimeOffset? DeletedAt { get; init; }
}
