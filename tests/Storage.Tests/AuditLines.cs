using System.Text;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Storage.Tests;

/// <summary>Makes blocks of the audit log as Core does.</summary>
internal sealed class AuditLines
{
    private readonly BrokerCore _core = new(new CoreOptions());
    private readonly Random _chance = new(1);

    public DateTimeOffset Now { get; set; } = Given.Noon;

    public static AuditNote Note { get; } =
        new()
        {
            Actor = "key:1",
            Method = "api-key",
            Action = "jobs:run",
            Namespace = "default",
        };

    public void Restore(AuditTail tail) =>
        _core.Restore(new StoredState { AuditTail = tail }, new Moment(Now, TimeSpan.Zero));

    /// <summary>Makes the changes of one turn with these notes.</summary>
    public List<Change> Batch(params AuditNote[] notes) =>
        Decide([.. notes.Select(note => new BrokerInput.Noted { Audit = note })]);

    public List<Change> Batch(int count, string reason = "because") =>
        Batch([.. Enumerable.Range(0, count).Select(i => Note with { Object = $"job:{i}", Reason = reason })]);

    public List<Change> Decide(params BrokerInput[] inputs)
    {
        var decision = new Decision(new Moment(Now, TimeSpan.Zero), _chance);
        foreach (var input in inputs)
        {
            _core.Apply(input, decision);
        }

        _core.Close(decision);
        return decision.Changes;
    }

    public static AuditVerdict Verify(
        IEnumerable<AuditBlock> blocks,
        IEnumerable<AuditPoint>? known = null,
        IEnumerable<AuditKey>? keys = null
    )
    {
        var verifier = new AuditVerifier(keys ?? [], known ?? []);
        foreach (var line in blocks.SelectMany(LinesOf))
        {
            verifier.Add(Encoding.UTF8.GetBytes(line));
        }

        return verifier.Finish();
    }

    public static string[] LinesOf(AuditBlock block) => Encoding.UTF8.GetString(block.Lines).Split('\n');
}
