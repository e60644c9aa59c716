using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>
/// Hashes params as they are written, without white space. When two hashes differ, two submissions with the same
/// deduplication key ask for different things.
/// </summary>
internal static class ParamsHash
{
    /// <summary>The hash of the params; never 0.</summary>
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
            // The length is hashed too, since otherwise two neighbouring values could hash like one.
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
