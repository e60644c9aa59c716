using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Handlers;

// The messages of a handler to the Broker, apart from Hello, which has its own file.

/// <summary>
/// Renews the lease of every attempt that it names, and grants the Broker credit for <paramref name="Capacity"/> open
/// attempts.
/// </summary>
public sealed record Heartbeat(
    [property: JsonRequired] int Capacity,
    [property: JsonRequired] IReadOnlyList<AttemptId> Running
) : IMessage<Heartbeat>, IHandlerMessage
{
    public static MessageKind MessageKind => MessageKind.Heartbeat;

    /// <summary>The way, when it has changed since the Hello; null when it has not.</summary>
    public HelloWay? Way { get; init; }
}

/// <summary>Tells the Broker what happened to attempts, in order.</summary>
public sealed record Report([property: JsonRequired] IReadOnlyList<ReportEvent> Events)
    : IMessage<Report>,
        IHandlerMessage
{
    public static MessageKind MessageKind => MessageKind.Report;
}

/// <summary>The session ends at once; its unfinished attempts are Lost without waiting for the lease.</summary>
public sealed record Bye(string Reason) : IMessage<Bye>, IHandlerMessage
{
    public static MessageKind MessageKind => MessageKind.Bye;
}

/// <summary>One entry of a <see cref="Report"/>. <see cref="Type"/> says which of the other fields count.</summary>
public sealed record ReportEvent
{
    /// <summary>
    /// The type of the event, one of <see cref="ReportEventTypes"/>; a reader ignores types that it does not know.
    /// </summary>
    public required string Type { get; init; }

    public AttemptId? AttemptId { get; init; }

    public int? FencingToken { get; init; }

    /// <summary>The progress of the attempt in percent, 0 to 100.</summary>
    public double? Percent { get; init; }

    public string? Message { get; init; }

    /// <summary>
    /// The level of a log line: <c>trace</c>, <c>debug</c>, <c>information</c>, <c>warning</c>, <c>error</c> or
    /// <c>critical</c>.
    /// </summary>
    public string? Level { get; init; }

    public DateTimeOffset? At { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Result { get; init; }

    public AttemptError? Error { get; init; }

    public string? Reason { get; init; }

    public string? Nonce { get; init; }
}

public static class ReportEventTypes
{
    public const string Started = "started";
    public const string Progress = "progress";
    public const string Log = "log";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";
    public const string Rejected = "rejected";
    public const string Pong = "pong";

    /// <summary>
    /// Whether an event of the type ends its attempt. The handler holds such an event in its outbox until the
    /// <see cref="Ack"/>.
    /// </summary>
    public static bool IsFinal(string type) => type is Succeeded or Failed or Cancelled or Rejected;
}

/// <summary>Why an attempt failed.</summary>
public sealed record AttemptError
{
    // The value is a parameter, because generated readers honour a parameter's default and not a property's.
    [JsonConstructor]
    public AttemptError(bool retryable = true) => Retryable = retryable;

    /// <summary>
    /// A word that groups errors of one cause: an exception's type name, or a code of the handler's own.
    /// </summary>
    public required string Type { get; init; }

    public required string Message { get; init; }

    public string? StackTrace { get; init; }

    /// <summary>Whether another attempt can help; when false, the job fails at once.</summary>
    public bool Retryable { get; init; }

    /// <summary>
    /// How long to wait before the next attempt, in place of the job's backoff: 0 s to 1 d, a longer wait is cut. Not
    /// set for the job's backoff. The value has no effect when no attempt is left.
    /// </summary>
    public TimeSpan? RetryAfter { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Details { get; init; }
}
