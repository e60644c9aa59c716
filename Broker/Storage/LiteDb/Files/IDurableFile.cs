namespace ScheduleZero.Broker.Storage.LiteDb.Files;

/// <summary>
/// The few operations on a file that durability rests on. A test may replace the disk and cut its power.
/// </summary>
internal interface IDurableFile : IDisposable
{
    long Length { get; }

    /// <summary>Fills the buffer from the position; returns fewer bytes only at the end of the file.</summary>
    int Read(long position, Span<byte> buffer);

    void Write(long position, ReadOnlySpan<byte> bytes);

    void SetLength(long length);

    /// <summary>Waits until everything written so far would outlive a power cut.</summary>
    /// <exception cref="IOException">The bytes may not outlive a power cut. The failure is final: trying again could
    /// succeed without the lost pages.</exception>
    void Sync();
}

/// <summary>The folder that holds the store's files, for this process alone.</summary>
internal interface IDurableFolder : IDisposable
{
    /// <summary>How many bytes may still be written; null when that is not known.</summary>
    long? FreeBytes { get; }

    /// <summary>Whether the folder has a file with this name.</summary>
    bool Has(string name);

    /// <summary>Opens a file, or makes it; the file's name outlives a power cut when this returns.</summary>
    IDurableFile Open(string name);
}
