using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Host.Tests.Audit;

internal static class AuditVerifying
{
    public static AuditVerdict Run(
        IEnumerable<AuditBlock> blocks,
        IEnumerable<AuditKey> keys,
        IEnumerable<AuditPoint> known
    ) => Run((byte[])[.. blocks.SelectMany(block => block.Lines.Append((byte)'\n'))], keys, known);

    /// <param name="export">The lines of an export, each with its line break.</param>
    public static AuditVerdict Run(
        byte[] export,
        IEnumerable<AuditKey> keys,
        IEnumerable<AuditPoint> known,
        bool isPart = false
    )
    {
        var verifier = new AuditVerifier(keys, known, isPart);
        var rest = export.AsSpan();
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'\n');
            verifier.Add(end < 0 ? rest : rest[..end]);
            rest = end < 0 ? default : rest[(end + 1)..];
        }

        return verifier.Finish();
    }
}
