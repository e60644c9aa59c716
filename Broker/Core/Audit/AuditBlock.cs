using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Core.Audit;

/// <summary>A block of the audit log: events that were committed together, as the lines that were hashed.</summary>
/// <param name="First">The sequence number of the first line.</param>
/// <param name="Count">The number of lines, from 1 to <see cref="CountMax"/>.</param>
/// <param name="FirstAt">
/// An instant no later than that of any line. The lines lie within <see cref="SpanMax"/> of each other.
/// </param>
/// <param name="LastAt">An instant no earlier than that of any line.</param>
/// <param name="Hash">The hash of the last line.</param>
/// <param name="Lines">
/// The lines in UTF-8, with a line feed between two. The size is at most <see cref="BytesMax"/>, unless a single line
/// is larger.
/// </param>
public sealed record AuditBlock(
    long First,
    int Count,
    DateTimeOffset FirstAt,
    DateTimeOffset LastAt,
    byte[] Hash,
    byte[] Lines
)
{
    public const int CountMax = 256;
    public const int BytesMax = 64 * 1024;

    public static TimeSpan SpanMax { get; } = TimeSpan.FromMinutes(1);

    public long Last => First + Count - 1;
}

/// <summary>The end of the audit log: its newest event, whose hash goes into that of the next event.</summary>
/// <param name="Sequence">The sequence number of the newest event; 0 while there is none.</param>
/// <param name="Hash">The hash of the newest event, 32 bytes.</param>
public sealed record AuditTail(long Sequence, byte[] Hash)
{
    public static AuditTail Start { get; } = new(0, new byte[AuditChain.HashBytes]);

    public AuditPoint Point => new(Sequence, Convert.ToHexStringLower(Hash));
}
