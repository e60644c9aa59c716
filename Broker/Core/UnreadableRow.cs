using ScheduleZero.Broker.Core.Access;

namespace ScheduleZero.Broker.Core;

/// <summary>What a row of the store holds.</summary>
public enum StoredRowKind
{
    Job,
    FinishedJob,
    Schedule,
    Calendar,
    Handler,
    Key,
    Access,
    Deduplication,
    RateLimit,
    Batch,
}

/// <summary>
/// A row of the store that this start could not understand. It is left out of everything, and stays on disk as it is: a
/// Broker that understands it finds it again.
/// </summary>
/// <param name="Key">As it stands on disk: an id, or names with line breaks between them.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record UnreadableRow(StoredRowKind Kind, string Key, string Reason)
{
    /// <summary>The key as a person reads it.</summary>
    public string Name => AccessKey is { } access ? $"{access.Kind} {access.Key}" : Key.Replace('\n', '/');

    /// <summary>Which row of users, roles and their kin it is; null for a row of another kind.</summary>
    public (AccessKind Kind, string Key)? AccessKey =>
        Kind == StoredRowKind.Access && Key.Split('\n', 2) is [var kind, var key] && int.TryParse(kind, out var number)
            ? ((AccessKind)number, key)
            : null;

    /// <summary>Which handler it is, as namespace and name; null for a row of another kind.</summary>
    public (string Namespace, string Name)? HandlerKey =>
        Kind == StoredRowKind.Handler && Key.Split('\n', 2) is [var ns, var name] ? (ns, name) : null;
}
