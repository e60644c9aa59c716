namespace ScheduleZero.Broker.Host.Throttling;

/// <summary>The bounds of large bodies.</summary>
internal sealed record LargeBodyOptions
{
    public const long BytesMaxDefault = 256 * 1024 * 1024;

    /// <summary>How many bytes of large bodies are read and handled at once, in all.</summary>
    public long BytesMax { get; init; } = BytesMaxDefault;

    /// <summary>
    /// How many bytes of large bodies one caller may send in a second, as a mean; one body of the largest size at once
    /// is always accepted. The default is about as fast as the store writes them.
    /// </summary>
    public long BytesPerSecond { get; init; } = 16 * 1024 * 1024;
}
