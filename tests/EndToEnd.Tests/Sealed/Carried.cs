using System.Text;
using System.Text.Json.Nodes;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.EndToEnd.Tests.Sealed;

/// <summary>One message of a handler, or to it, as a captured Bridge has it in its hands.</summary>
internal sealed record Carried(bool IsFromHandler, MessageKind Kind, byte[] Body)
{
    public static Carried ToHandler(IMessage message) => new(false, message.Kind, ProtocolJson.Write(message));

    public static Carried FromHandler(IMessage message) => new(true, message.Kind, ProtocolJson.Write(message));

    /// <summary>The message with one character of its body changed.</summary>
    public Carried Altered()
    {
        var body = (byte[])Body.Clone();
        var middle = body.Length / 2;
        body[middle] = body[middle] == (byte)'A' ? (byte)'B' : (byte)'A';
        return this with { Body = body };
    }

    /// <summary>The message without one field of its body.</summary>
    public Carried Without(string field)
    {
        var body = JsonNode.Parse(Body)!.AsObject();
        body.Remove(field);
        return this with { Body = Encoding.UTF8.GetBytes(body.ToJsonString()) };
    }
}
