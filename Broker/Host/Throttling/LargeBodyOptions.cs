namespace ScheduleZero.Broker.Host.Throttling;

/// <summary>Bounds of large bodies.</summary>
internal sealed record LargeBodyOptions
{
    public const long BytesMaxDefault = 256 * 1024 * 1024;

    /// <summary>Bytes of large bodies that are read and handled at once, in all.</summary>
    public long BytesMax { get; init; } = BytesMaxDefault;

    /// <summary>
    /// Bytes of large bodies a second that one caller may send, as a mean; one of the largest at once is always taken.
    /// The default is about as fast as the store writes them.
    /// </summary>
    public long BytesPerSecond { get; init; } = 16 * 1024 * 1024;
}
