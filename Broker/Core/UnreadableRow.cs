using ScheduleZero.Broker.Core.Access;

namespace ScheduleZero.Broker.Core;

/// <summary>The kinds of rows that a start of the Broker reads.</summary>
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
    Pause,
    Alert,
}

/// <summary>
/// A row of the store that this start could not read. The row is left out of everything and stays on disk as it is, so
/// that a later version of the Broker, which can read it, finds it again.
/// </summary>
/// <param name="Key">The key in its stored form: an id, or names with line breaks between them.</param>
/// <param name="Reason">What is wrong with the row.</param>
public sealed record UnreadableRow(StoredRowKind Kind, string Key, string Reason)
{
    /// <summary>The key in a form for people.</summary>
    public string Name => AccessKey is { } access ? $"{access.Kind} {access.Key}" : Key.Replace('\n', '/');

    /// <summary>The kind and key of an access row; null for a row of another kind.</summary>
    public (AccessKind Kind, string Key)? AccessKey =>
        Kind == StoredRowKind.Access && Key.Split('\n', 2) is [var kind, var key] && int.TryParse(kind, out var number)
            ? ((AccessKind)number, key)
            : null;

    /// <summary>The namespace and name of a handler's row; null for a row of another kind.</summary>
    public (string Namespace, string Name)? HandlerKey =>
        Kind == StoredRowKind.Handler && Key.Split('\n', 2) is [var ns, var name] ? (ns, name) : null;
}
