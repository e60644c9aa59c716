using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>A namespace, with its limits and the addresses from which it may be used.</summary>
public sealed record NamespaceRecord : AccessRecord
{
    public override AccessKind Kind => AccessKind.Namespace;

    public override string Key => Name;

    public required string Name { get; init; }

    public string? Description { get; init; }

    public NamespaceLimits Limits { get; init; } = new();

    /// <summary>The addresses from which callers and handlers may come; null for any.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>
    /// The handlers whose sessions must be sealed, as names or patterns; null for none. <c>*</c> stands for all.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Sealed { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>
    /// When the deletion of the namespace began: it is closed from then on. The row stays until the last trace of the
    /// namespace is gone, so that the name is not given again too early. Null for a namespace that is not deleted.
    /// </summary>
    public DateTimeOffset? DeletedAt { get; init; }
}
