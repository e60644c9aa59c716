namespace ScheduleZero.Sealing;

/// <summary>
/// How much one key may seal. AES-GCM is safe far beyond; a session that comes so far connects again, and has new keys.
/// </summary>
internal sealed record SealBounds
{
    public static SealBounds Default { get; } = new();

    /// <summary>How many bodies: as many as TLS 1.3 allows a key of AES-GCM records (RFC 8446, 5.5).</summary>
    public ulong BodiesMax { get; init; } = 1UL << 24;

    /// <summary>How many bytes of all bodies together.</summary>
    public long BytesMax { get; init; } = 1L << 36;
}
