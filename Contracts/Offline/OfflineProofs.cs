using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Contracts.Offline;

/// <summary>
/// Writes signed copies of schedules for handlers, and reads them back: ECDSA over P-256 with SHA-256, r and s side by
/// side, in base64url.
/// </summary>
public static class OfflineProofs
{
    /// <summary>Writes and signs a copy.</summary>
    /// <param name="sign">Returns the signature of a text.</param>
    public static KeptCopy Write(KeptSchedule schedule, Func<byte[], byte[]> sign)
    {
        ArgumentNullException.ThrowIfNull(sign);
        var encoded = Base64Url.EncodeToString(
            JsonSerializer.SerializeToUtf8Bytes(schedule, KeptScheduleJson.Default.KeptSchedule)
        );
        return new KeptCopy(encoded, Base64Url.EncodeToString(sign(TextOf(encoded))));
    }

    /// <summary>Reads a copy; false for one that the key has not signed.</summary>
    /// <param name="key">A key that <see cref="CheckpointKeys.IsKey"/> accepts.</param>
    public static bool TryRead(KeptCopy copy, AuditKey key, [NotNullWhen(true)] out KeptSchedule? schedule)
    {
        ArgumentNullException.ThrowIfNull(copy);
        schedule = CheckpointKeys.HasSigned(key, TextOf(copy.Schedule), copy.Signature) ? Parse(copy) : null;
        return schedule is not null;
    }

    /// <summary>The id of the schedule that a copy claims to be of, whoever wrote the copy.</summary>
    public static Guid Claim(KeptCopy copy)
    {
        ArgumentNullException.ThrowIfNull(copy);
        return Parse(copy)?.ScheduleId ?? default;
    }

    private static KeptSchedule? Parse(KeptCopy copy)
    {
        try
        {
            return Base64Url.IsValid(copy.Schedule)
                ? JsonSerializer.Deserialize(
                    Base64Url.DecodeFromChars(copy.Schedule),
                    KeptScheduleJson.Default.KeptSchedule
                )
                : null;
        }
        catch (JsonException)
        {
            return null; // A later Broker has written something that this one cannot read.
        }
    }

    private static byte[] TextOf(string encoded) => Encoding.UTF8.GetBytes($"SZ1|keep|{encoded}");
}
