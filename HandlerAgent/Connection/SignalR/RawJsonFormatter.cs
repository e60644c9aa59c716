using System.Buffers;
using MessagePack;
using MessagePack.Formatters;
using MessagePack.Resolvers;
using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent.Connection.SignalR;

/// <summary>A JSON value as MessagePack <c>bin</c> holding its UTF-8 bytes; the Bridge has the same.</summary>
internal sealed class RawJsonFormatter : IMessagePackFormatter<RawJson>
{
    /// <summary>The options of a hub connection, which do not trust what comes from the other side.</summary>
    public static MessagePackSerializerOptions Options { get; } =
        MessagePackSerializerOptions
            .Standard.WithResolver(CompositeResolver.Create([new RawJsonFormatter()], [StandardResolver.Instance]))
            .WithSecurity(MessagePackSecurity.UntrustedData);

    public void Serialize(ref MessagePackWriter writer, RawJson value, MessagePackSerializerOptions options)
    {
        if (value.IsEmpty)
        {
            writer.WriteNil();
        }
        else
        {
            writer.Write(value.Utf8.Span);
        }
    }

    public RawJson Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options) =>
        reader.ReadBytes() is { } bytes ? new RawJson(bytes.ToArray()) : default;
}
