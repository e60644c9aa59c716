using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Handlers;

// The messages of the Broker to a handler. Those of enrolment and of offline schedules have files of their own.

public sealed record Welcome : IMessage<Welcome>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Welcome;

    public required string SessionId { get; init; }

    public required string Namespace { get; init; }

    public required int HeartbeatSeconds { get; init; }

    public required int LeaseSeconds { get; init; }

    /// <summary>The attempts that the handler named and still has: they go on.</summary>
    public required IReadOnlyList<AttemptId> Resumed { get; init; }

    /// <summary>Attempts that this handler no longer has: it is to stop them and to report nothing.</summary>
    public required IReadOnlyList<AttemptId> Abandoned { get; init; }

    /// <summary>The offered methods that the handler's policy allows.</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>The wanted groups that the handler's policy allows; null for a handler that wants none.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    public required int MaxParamsBytes { get; init; }

    public required int MaxResultBytes { get; init; }

    public required DateTimeOffset ServerTime { get; init; }

    /// <summary>
    /// The generation to say in the next Hello, for an enrolled key; null for an API key. The handler stores the number
    /// where it survives a crash before anything else is said on this connection.
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

    /// <summary>
    /// The number of the attempt within its job, counted from 1. Attempts that a handler rejected do not count.
    /// </summary>
    public required int Attempt { get; init; }

    public required int MaxAttempts { get; init; }

    /// <summary>
    /// A number that grows with every attempt of the job, also those that do not count. Handlers pass it to outside
    /// systems that can refuse an older one.
    /// </summary>
    public required int FencingToken { get; init; }

    public required int LeaseSeconds { get; init; }

    public required double TimeoutSeconds { get; init; }

    public string? Traceparent { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public AssignedSchedule? Schedule { get; init; }

    /// <summary>How the other jobs of the batch ended; null for any job but the completion job of a batch.</summary>
    public CompletedBatch? Batch { get; init; }

    public required DateTimeOffset EnqueuedAt { get; init; }
}

public sealed record AssignedSchedule(string Name, DateTimeOffset Nominal);

/// <summary>The batch that a completion job completes, with the outcomes of its jobs.</summary>
/// <param name="Total">The number of jobs in the batch; the other numbers add up to it.</param>
/// <param name="Name">Left out for a batch without a name.</param>
public sealed record CompletedBatch(
    BatchId Id,
    int Total,
    int Succeeded,
    int Failed,
    int Cancelled,
    int Expired,
    string? Name = null
);

public sealed record Cancel(IReadOnlyList<CancelledAttempt> Attempts) : IMessage<Cancel>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Cancel;
}

/// <summary>One attempt that the handler is to stop.</summary>
/// <param name="Reason"><c>cancelled</c>, <c>timed_out</c> or <c>lost</c>.</param>
/// <param name="GraceSeconds">Seconds after which the attempt is fenced off whatever the handler does; 0 when it
/// already is.</param>
public sealed record CancelledAttempt(AttemptId AttemptId, string Reason, double GraceSeconds);

/// <summary>The final events named are committed; the handler may forget them.</summary>
public sealed record Ack(IReadOnlyList<AcknowledgedAttempt> Attempts) : IMessage<Ack>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Ack;
}

/// <summary>One attempt whose final event is committed.</summary>
/// <param name="Outcome">What became of the event: <c>accepted</c> or <c>superseded</c>.</param>
public sealed record AcknowledgedAttempt(AttemptId AttemptId, string Outcome);

/// <summary>
/// Asks for a <c>pong</c> event that carries the nonce. The handler answers through the loop that also runs attempts.
/// </summary>
public sealed record Probe(string Nonce) : IMessage<Probe>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Probe;
}

/// <summary>The connection is about to end: the handler finishes what runs, and connects elsewhere.</summary>
public sealed record Drain(string Reason, double ReconnectAfterSeconds) : IMessage<Drain>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Drain;
}

/// <summary>
/// The last message of a connection. The handler does not connect again after the codes <c>revoked</c>,
/// <c>forbidden</c>, <c>unsupported_protocol</c> and <c>superseded</c>.
/// </summary>
public sealed record Close(string Code, string Reason) : IMessage<Close>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Close;
}

/// <summary>
/// The Broker is out of reach of the Bridge: until <c>Greet</c> the handler holds back what it would report, and stays
/// connected.
/// </summary>
public sealed record Hold(string Reason) : IMessage<Hold>
{
    public static MessageKind MessageKind => MessageKind.Hold;
}

/// <summary>
/// The Broker does not know this connection, since the Broker restarted or messages were lost: the handler is to say
/// <see cref="Hello"/> again, with all attempts that it has.
/// </summary>
public sealed record Greet(string Reason) : IMessage<Greet>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Greet;
}
