using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Handlers;

/// <summary>A handler's first message on a connection, within 10 s of opening it.</summary>
public sealed record Hello : IMessage<Hello>, IHandlerQuestion<Welcome>
{
    public static MessageKind MessageKind => MessageKind.Hello;

    public required int Protocol { get; init; }

    public required string Handler { get; init; }

    /// <summary>Names this running copy of the handler; the same after a reconnect, another after a restart.</summary>
    public required string Instance { get; init; }

    public required IReadOnlyList<OfferedMethod> Methods { get; init; }

    /// <summary>How many attempts the handler takes at once; 0 to 10,000.</summary>
    public required int Capacity { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Every attempt that this instance still runs, or whose final event is not acknowledged yet.</summary>
    public IReadOnlyList<ResumedAttempt>? Resume { get; init; }

    /// <summary>
    /// Names the durable place in which this handler keeps offline schedules and what it ran of them; only when it has
    /// one. It outlives restarts, and no two copies of a handler share one.
    /// </summary>
    public string? OfflineStore { get; init; }

    /// <summary>The library and its version, such as <c>dotnet/1.2.0</c>.</summary>
    public string? Agent { get; init; }

    /// <summary>
    /// Only for a handler that speaks ZeroMQ to the Broker itself; through a Bridge the key travels as SignalR access
    /// token.
    /// </summary>
    public string? ApiKey { get; init; }

    /// <summary>The proof of an enrolled key, in place of an API key.</summary>
    public HelloProof? Proof { get; init; }
}

public sealed record OfferedMethod
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>JSON Schema of the params, if the handler publishes one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson ParamsSchema { get; init; }

    /// <summary>
    /// At most this many attempts of the method at once on this instance; unset means up to the capacity.
    /// </summary>
    public int? MaxConcurrent { get; init; }
}

public sealed record ResumedAttempt(AttemptId AttemptId, int FencingToken);
