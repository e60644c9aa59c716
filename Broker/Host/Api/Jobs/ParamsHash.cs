using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>
/// A hash over params as they are written, white space apart: two that differ ask for something else under one
/// deduplication key.
/// </summary>
internal static class ParamsHash
{
    /// <returns>Never 0.</returns>
    public static long Of(RawJson parameters)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var reader = new Utf8JsonReader(
            parameters.Utf8.Span,
            new JsonReaderOptions { MaxDepth = JsonConventions.MaxDepth }
        );
        Span<byte> head = stackalloc byte[5];
        while (reader.Read())
        {
            // With its length, or two values could be read as one.
            head[0] = (byte)reader.TokenType;
            BinaryPrimitives.WriteInt32LittleEndian(head[1..], reader.ValueSpan.Length);
            hash.AppendData(head);
            hash.AppendData(reader.ValueSpan);
        }

        Span<byte> whole = stackalloc byte[32];
        hash.GetHashAndReset(whole);
        var value = BinaryPrimitives.ReadInt64LittleEndian(whole);
        return value == 0 ? 1 : value;
    }
}
