using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Alerting.Sending;

/// <summary>How notices of alerts leave the Broker.</summary>
public sealed record AlertSettings
{
    /// <summary>
    /// The addresses and CIDR ranges to which notices may go besides public ones; also without TLS. Empty for none.
    /// </summary>
    public IReadOnlyList<string> Allow { get; init; } = [];

    /// <summary>The mail server; none by default.</summary>
    public MailSettings Mail { get; init; } = new();

    /// <summary>What is wrong with these settings; empty when nothing is.</summary>
    internal IEnumerable<string> Problems() => AddressRanges.Problems("--alert-allow", Allow).Concat(Mail.Problems());
}
