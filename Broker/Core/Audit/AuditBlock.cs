using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Core.Audit;

/// <summary>Events of the audit log that were committed together, as the lines that were hashed.</summary>
/// <param name="First">The sequence of the first line.</param>
/// <param name="Count">1 to <see cref="CountMax"/> lines.</param>
/// <param name="FirstAt">No later than any of the lines, which lie within <see cref="SpanMax"/>.</param>
/// <param name="LastAt">No earlier than any of the lines.</param>
/// <param name="Hash">Of the last line.</param>
/// <param name="Lines">In UTF-8, with a line feed between two; mostly up to <see cref="BytesMax"/>.</param>
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

/// <summary>The newest event, on which the next one's hash stands.</summary>
/// <param name="Sequence">0 before the first.</param>
/// <param name="Hash">32 bytes.</param>
public sealed record AuditTail(long Sequence, byte[] Hash)
{
    public static AuditTail Start { get; } = new(0, new byte[AuditChain.HashBytes]);

    public AuditPoint Point => new(Sequence, Convert.ToHexStringLower(Hash));
}
