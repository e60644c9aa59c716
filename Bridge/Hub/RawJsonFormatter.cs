using System.Buffers;
using MessagePack;
using MessagePack.Formatters;
using MessagePack.Resolvers;
using ScheduleZero.Contracts;

namespace ScheduleZero.Bridge.Hub;

/// <summary>
/// Writes a body in the MessagePack hub protocol: a <c>bin</c> value with the UTF-8 JSON; <c>nil</c> for none.
/// </summary>
internal sealed class RawJsonFormatter : IMessagePackFormatter<RawJson>
{
    /// <summary>
    /// The options of a serialiser that knows bodies and nothing else, so that no other type can be asked for over the
    /// wire.
    /// </summary>
    public static MessagePackSerializerOptions Options { get; } =
        MessagePackSerializerOptions
            .Standard.WithResolver(CompositeResolver.Create(new RawJsonFormatter()))
            .WithSecurity(MessagePackSecurity.UntrustedData);

    public void Serialize(ref MessagePackWriter writer, RawJson value, MessagePackSerializerOptions options)
    {
        if (value.IsEmpty)
        {
            writer.WriteNil();
            return;
        }

        writer.Write(value.Utf8.Span);
    }

    public RawJson Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options) =>
        reader.ReadBytes() is { } bytes ? new RawJson(bytes.ToArray()) : default;
}
