using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Handlers;

/// <summary>A handler's first message on a connection, within 10 s of opening it.</summary>
public sealed record Hello : IMessage<Hello>, IHandlerQuestion<Welcome>
{
    public static MessageKind MessageKind => MessageKind.Hello;

    public required int Protocol { get; init; }

    public required string Handler { get; init; }

    /// <summary>
    /// The name of this instance of the handler; the same after a reconnect, another after a restart.
    /// </summary>
    public required string Instance { get; init; }

    public required IReadOnlyList<OfferedMethod> Methods { get; init; }

    /// <summary>How many attempts the handler accepts at once; 0 to 2,500.</summary>
    public required int Capacity { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>
    /// Every attempt that this instance still runs, or whose final event is not acknowledged yet; null for none.
    /// </summary>
    public IReadOnlyList<ResumedAttempt>? Resume { get; init; }

    /// <summary>
    /// The name of the handler's offline store, the durable folder with its offline schedules and what it ran of them;
    /// null when it has none. The name outlives restarts, and no two instances of a handler share one.
    /// </summary>
    public string? OfflineStore { get; init; }

    /// <summary>The library that speaks, and its version, such as <c>dotnet/1.2.0</c>.</summary>
    public string? Agent { get; init; }

    /// <summary>
    /// The network between the handler and what it dialled, as the handler sees it; null when it does not say.
    /// </summary>
    public HelloWay? Way { get; init; }

    /// <summary>
    /// The API key of a handler that speaks ZeroMQ to the Broker itself; null through a Bridge, where the key travels
    /// as SignalR access token, and with a <c>proof</c>.
    /// </summary>
    public string? ApiKey { get; init; }

    /// <summary>The proof of an enrolled key, in place of an API key; null with an API key.</summary>
    public HelloProof? Proof { get; init; }
}

/// <summary>
/// What a handler knows of the network on its way to a Bridge. Operators see it; nothing is decided by it.
/// </summary>
public sealed record HelloWay
{
    /// <summary>
    /// The forward proxy that was dialled, without credentials; at most 256 characters; null for none.
    /// </summary>
    public string? Proxy { get; init; }

    /// <summary>The interval of the handler's pings, in seconds; null when it sends none.</summary>
    public double? KeepAliveSeconds { get; init; }

    /// <summary>How long a silent connection was measured to survive, in seconds; null before a measurement.</summary>
    public double? SilenceSeconds { get; init; }
}

public sealed record OfferedMethod
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>The JSON Schema of the method's params; default when the handler publishes none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson ParamsSchema { get; init; }

    /// <summary>
    /// How many attempts of the method may run at once on this instance; null for up to the capacity.
    /// </summary>
    public int? MaxConcurrent { get; init; }
}

public sealed record ResumedAttempt(AttemptId AttemptId, int FencingToken);
