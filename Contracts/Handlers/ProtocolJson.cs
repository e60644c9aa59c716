using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace ScheduleZero.Contracts.Handlers;

/// <summary>Reads and writes bodies of the handler protocol as UTF-8 JSON, by generated code.</summary>
public static class ProtocolJson
{
    public const int Version = 1;

    /// <summary>The reader of each kind's body, by the kind's number; null for a Pack, which is not JSON.</summary>
    private static readonly Reader?[] Readers = MakeReaders();

    private delegate bool Reader(
        ReadOnlySpan<byte> body,
        [NotNullWhen(true)] out IMessage? message,
        out string? problem
    );

    public static byte[] Write(IMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return JsonSerializer.SerializeToUtf8Bytes(message, TypeInfoOf(message.GetType()));
    }

    /// <summary>
    /// Reads a body; false, with the reason, for one that does not fit. Half a surrogate pair in a text is read as
    /// U+FFFD: a handler that cuts a text within a character must not lose its report. Only the schemas that a Hello
    /// publishes are left as they are, since a schema must not come to mean something else.
    /// </summary>
    public static bool TryRead<T>(ReadOnlySpan<byte> body, [NotNullWhen(true)] out T? message, out string? problem)
        where T : class, IMessage<T>
    {
        message = null;
        problem = null;
        if (!Utf8.IsValid(body))
        {
            problem = $"The body is not a valid {typeof(T).Name}: it is not UTF-8.";
            return false;
        }

        try
        {
            message = JsonSerializer.Deserialize(
                typeof(T) == typeof(Hello) ? body : LoneSurrogates.Mend(body),
                (JsonTypeInfo<T>)TypeInfoOf(typeof(T))
            );
            problem =
                message is null ? "The body is null."
                : HasHole(message) ? "A list or a map holds a null."
                : null;
        }
        catch (JsonException e)
        {
            problem =
                $"The body is not a valid {typeof(T).Name}: at {e.Path ?? "$"}, byte {e.BytePositionInLine ?? 0}.";
        }

        if (problem is not null)
        {
            message = null;
        }

        return message is not null;
    }

    /// <summary>Reads a body as the other overload does, by the kind that the message's header names.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The kind is <see cref="MessageKind.Pack"/>, whose body is not
    /// JSON.</exception>
    public static bool TryRead(
        MessageKind kind,
        ReadOnlySpan<byte> body,
        [NotNullWhen(true)] out IMessage? message,
        out string? problem
    )
    {
        var read =
            Readers[(int)kind]
            ?? throw new ArgumentOutOfRangeException(nameof(kind), kind, "The body of this message is not JSON.");
        return read(body, out message, out problem);
    }

    private static Reader?[] MakeReaders()
    {
        var readers = new Reader?[Enum.GetValues<MessageKind>().Max(kind => (int)kind) + 1];
        Add<Hello>();
        Add<Heartbeat>();
        Add<Report>();
        Add<Bye>();
        Add<Welcome>();
        Add<Refused>();
        Add<Assign>();
        Add<Cancel>();
        Add<Ack>();
        Add<Probe>();
        Add<Drain>();
        Add<Close>();
        Add<Greet>();
        Add<Hold>();
        Add<BridgeHello>();
        Add<BridgeProof>();
        Add<Open>();
        Add<Closed>();
        Add<BridgeChallenge>();
        Add<BridgeWelcome>();
        Add<Beat>();
        Add<Challenge>();
        Add<Enrol>();
        Add<Rotate>();
        Add<Nonce>();
        Add<Enrolled>();
        Add<Rotated>();
        Add<Ran>();
        Add<Keep>();
        Add<Taken>();
        return readers;

        void Add<T>()
            where T : class, IMessage<T> =>
            readers[(int)T.MessageKind] = (
                ReadOnlySpan<byte> body,
                [NotNullWhen(true)] out IMessage? message,
                out string? problem
            ) =>
            {
                var isRead = TryRead<T>(body, out var read, out problem);
                message = read;
                return isRead;
            };
    }

    // Whether a list or a map in the message holds null. The reader refuses null where a type forbids it, but does not
    // check inside lists and maps.
    private static bool HasHole<T>(T message)
        where T : class =>
        message switch
        {
            Report report => report.Events.Contains(null),
            Hello hello => hello.Methods.Contains(null)
                || hello.Groups?.Contains(null) is true
                || hello.Resume?.Contains(null) is true
                || hello.Labels?.Values.Contains(null) is true,
            Welcome welcome => welcome.Methods.Contains(null) || welcome.Groups?.Contains(null) is true,
            Enrolled enrolled => enrolled.Methods?.Contains(null) is true || enrolled.Groups?.Contains(null) is true,
            Assign assign => assign.Attempts.Any(attempt => attempt?.Tags?.Contains(null) ?? attempt is null),
            Cancel cancel => cancel.Attempts.Contains(null),
            Ack ack => ack.Attempts.Contains(null),
            Ran ran => ran.Runs.Any(run => run?.Log?.Contains(null) ?? run is null),
            Keep keep => keep.Copies.Contains(null),
            _ => false,
        };

    private static JsonTypeInfo TypeInfoOf(Type message) =>
        ProtocolJsonContext.Default.GetTypeInfo(message)
        ?? throw new ArgumentException($"{message.Name} is not among the messages of {nameof(ProtocolJsonContext)}.");
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = JsonConventions.MaxDepth,
    // Duplicate fields are refused, since two readers of one body could each believe another one.
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(Hello))]
[JsonSerializable(typeof(Heartbeat))]
[JsonSerializable(typeof(Report))]
[JsonSerializable(typeof(Bye))]
[JsonSerializable(typeof(Welcome))]
[JsonSerializable(typeof(Refused))]
[JsonSerializable(typeof(Assign))]
[JsonSerializable(typeof(Cancel))]
[JsonSerializable(typeof(Ack))]
[JsonSerializable(typeof(Probe))]
[JsonSerializable(typeof(Drain))]
[JsonSerializable(typeof(Close))]
[JsonSerializable(typeof(Hold))]
[JsonSerializable(typeof(Greet))]
[JsonSerializable(typeof(BridgeHello))]
[JsonSerializable(typeof(BridgeChallenge))]
[JsonSerializable(typeof(BridgeProof))]
[JsonSerializable(typeof(BridgeWelcome))]
[JsonSerializable(typeof(Open))]
[JsonSerializable(typeof(Closed))]
[JsonSerializable(typeof(Beat))]
[JsonSerializable(typeof(Challenge))]
[JsonSerializable(typeof(Enrol))]
[JsonSerializable(typeof(Rotate))]
[JsonSerializable(typeof(Nonce))]
[JsonSerializable(typeof(Enrolled))]
[JsonSerializable(typeof(Rotated))]
[JsonSerializable(typeof(Ran))]
[JsonSerializable(typeof(Keep))]
[JsonSerializable(typeof(Taken))]
internal sealed partial class ProtocolJsonContext : JsonSerializerContext;
