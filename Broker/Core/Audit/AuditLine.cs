using System.Buffers;
using System.Text.Json;

namespace ScheduleZero.Broker.Core.Audit;

/// <summary>
/// Writes an event as one line of JSON. The order of the fields is fixed, and new fields are added only before
/// <c>hash</c>. Everything but printable ASCII is escaped, so that no caller can forge a line or control the terminal
/// that shows the line.
/// </summary>
internal static class AuditLine
{
    /// <summary>The length to which texts are cut; for addresses, see <see cref="AddressLengthMax"/>.</summary>
    public const int TextLengthMax = 300;

    public const int AddressLengthMax = 64;

    /// <summary>Writes the whole JSON object, without its hash, which is then put before the last brace.</summary>
    public static void Write(
        IBufferWriter<byte> to,
        long sequence,
        DateTimeOffset at,
        AuditNote note,
        string? of,
        string outcome,
        string? reason
    )
    {
        using var json = new Utf8JsonWriter(to);
        json.WriteStartObject();
        json.WriteNumber("sequence"u8, sequence);
        json.WriteString("at"u8, at.UtcDateTime);
        Text(json, "actor"u8, note.Actor);
        Text(json, "method"u8, note.Method);
        Text(json, "session"u8, note.Session);
        Text(json, "action"u8, note.Action);
        Text(json, "object"u8, of);
        Text(json, "namespace"u8, note.Namespace);
        Text(json, "outcome"u8, outcome);
        Text(json, "reason"u8, reason);
        Text(json, "address"u8, note.Address, AddressLengthMax);
        Text(json, "requestId"u8, note.RequestId);
        if (note.Detail is { } detail)
        {
            json.WriteStartObject("detail"u8);
            Number(json, "through"u8, detail.Through);
            Text(json, "throughHash"u8, detail.ThroughHash);
            Text(json, "keyId"u8, detail.KeyId);
            Text(json, "signature"u8, detail.Signature);
            Number(json, "before"u8, detail.Before);
            Text(json, "previousHash"u8, detail.PreviousHash);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value, int lengthMax = TextLengthMax)
    {
        if (value is not null)
        {
            json.WriteString(name, value.Length > lengthMax ? value.AsSpan(0, lengthMax) : value);
        }
    }

    private static void Number(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }
}
