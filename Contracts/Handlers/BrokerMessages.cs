using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Handlers;

// What the Broker says to a handler.

public sealed record Welcome : IMessage<Welcome>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Welcome;

    public required string SessionId { get; init; }

    public required string Namespace { get; init; }

    public required int HeartbeatSeconds { get; init; }

    public required int LeaseSeconds { get; init; }

    /// <summary>The attempts that the handler named and still holds: they go on.</summary>
    public required IReadOnlyList<AttemptId> Resumed { get; init; }

    /// <summary>Attempts that this handler no longer holds: stop them, report nothing.</summary>
    public required IReadOnlyList<AttemptId> Abandoned { get; init; }

    /// <summary>The offered methods that the handler's policy allows.</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>The wanted groups that the handler's policy allows; not set for a handler that wants none.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    public required int MaxParamsBytes { get; init; }

    public required int MaxResultBytes { get; init; }

    public required DateTimeOffset ServerTime { get; init; }

    /// <summary>
    /// With an enrolled key: for the next Hello. Keep it where it survives a crash before anything else is said on this
    /// connection.
    /// </summary>
    public long? Generation { get; init; }
}

/// <summary>
/// The answer to a <see cref="Hello"/> that was not accepted. <see cref="Code"/> is one of <see cref="ErrorCodes"/>.
/// </summary>
public sealed record Refused(string Code, string Detail) : IMessage<Refused>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Refused;
}

public sealed record Assign(IReadOnlyList<AssignedAttempt> Attempts) : IMessage<Assign>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Assign;
}

public sealed record AssignedAttempt
{
    public required AttemptId AttemptId { get; init; }

    public required JobId JobId { get; init; }

    public required string Method { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), JsonConverter(typeof(NullIsAValueConverter))]
    public RawJson Params { get; init; }

    /// <summary>Counted from 1. Attempts that a handler rejected do not count.</summary>
    public required int Attempt { get; init; }

    public required int MaxAttempts { get; init; }

    /// <summary>
    /// Grows with every attempt of the job, also those that do not count. Pass it to outside systems that can refuse an
    /// older one.
    /// </summary>
    public required int FencingToken { get; init; }

    public required int LeaseSeconds { get; init; }

    public required double TimeoutSeconds { get; init; }

    public string? Traceparent { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public AssignedSchedule? Schedule { get; init; }

    /// <summary>For the completion job of a batch: how the other jobs of the batch ended.</summary>
    public CompletedBatch? Batch { get; init; }

    public required DateTimeOffset EnqueuedAt { get; init; }
}

public sealed record AssignedSchedule(string Name, DateTimeOffset Nominal);

/// <param name="Total">The number of jobs in the batch; the other numbers add up to it.</param>
public sealed record CompletedBatch(
    BatchId Id,
    string? Name,
    int Total,
    int Succeeded,
    int Failed,
    int Cancelled,
    int Expired
);

public sealed record Cancel(IReadOnlyList<CancelledAttempt> Attempts) : IMessage<Cancel>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Cancel;
}

/// <param name="Reason"><c>cancelled</c>, <c>timed_out</c> or <c>lost</c>.</param>
/// <param name="GraceSeconds">After this the attempt is fenced off whatever the handler does; 0 when it already
/// is.</param>
public sealed record CancelledAttempt(AttemptId AttemptId, string Reason, double GraceSeconds);

/// <summary>The final events named are committed; the handler may forget them.</summary>
public sealed record Ack(IReadOnlyList<AcknowledgedAttempt> Attempts) : IMessage<Ack>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Ack;
}

/// <param name="Outcome"><c>accepted</c> or <c>superseded</c>.</param>
public sealed record AcknowledgedAttempt(AttemptId AttemptId, string Outcome);

/// <summary>Answer with a <c>pong</c> event that carries the nonce, through the loop that also runs attempts.</summary>
public sealed record Probe(string Nonce) : IMessage<Probe>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Probe;
}

/// <summary>This connection is about to go: finish what runs, reconnect elsewhere.</summary>
public sealed record Drain(string Reason, double ReconnectAfterSeconds) : IMessage<Drain>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Drain;
}

/// <summary>
/// Final for this connection. Do not reconnect on <c>revoked</c>, <c>forbidden</c>, <c>unsupported_protocol</c>,
/// <c>superseded</c>.
/// </summary>
public sealed record Close(string Code, string Reason) : IMessage<Close>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Close;
}

/// <summary>
/// The Broker is out of reach of the Bridge: keep what you would report, and the connection, until <see cref="Greet"/>.
/// </summary>
public sealed record Hold(string Reason) : IMessage<Hold>
{
    public static MessageKind MessageKind => MessageKind.Hold;
}

/// <summary>
/// The Broker does not know this connection (it restarted, or messages were lost): say <see cref="Hello"/> again, with
/// all you hold.
/// </summary>
public sealed record Greet(string Reason) : IMessage<Greet>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Greet;
}
