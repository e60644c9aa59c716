using BenchmarkDotNet.Attributes;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Benchmarks.Micro;

/// <summary>
/// Measures what a note for the audit log adds to the decision of an input, the making of the note at the edge
/// included. The time is that of one event.
/// </summary>
[MemoryDiagnoser]
public class AuditBenchmarks
{
    private const int EventsPerInvoke = 1_000;

    private readonly Moment _now = new(DateTimeOffset.UnixEpoch.AddYears(56), TimeSpan.FromHours(1));
    private readonly Random _chance = new(4711);
    private readonly BrokerCore _core = new(new CoreOptions());
    private readonly Contracts.Ids.JobId _id = new(Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddYears(56)));
    private byte[][] _lines = [];

    /// <summary>The number of events in a turn of the loop.</summary>
    [Params(1, 100)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void WriteLines() =>
        _lines = [
            .. Decide(EventsPerInvoke)
                .Changes.OfType<Change.AuditAppended>()
                .SelectMany(change => System.Text.Encoding.UTF8.GetString(change.Block.Lines).Split('\n'))
                .Select(System.Text.Encoding.UTF8.GetBytes),
        ];

    [Benchmark(OperationsPerInvoke = EventsPerInvoke)]
    public int Append()
    {
        var blocks = 0;
        for (var done = 0; done < EventsPerInvoke; done += Batch)
        {
            blocks += Decide(Batch).Changes.Count;
        }

        return blocks;
    }

    [Benchmark(OperationsPerInvoke = EventsPerInvoke)]
    public long Verify()
    {
        var verifier = new AuditVerifier([], []);
        foreach (var line in _lines)
        {
            verifier.Add(line);
        }

        return verifier.Finish().Count;
    }

    private Decision Decide(int events)
    {
        var decision = new Decision(_now, _chance);
        for (var i = 0; i < events; i++)
        {
            var note = new AuditNote
            {
                Actor = "key:0123456789ab",
                Method = "api-key",
                Action = "jobs:run",
                Object = $"job:{_id}",
                Namespace = Names.DefaultNamespace,
                Address = "192.0.2.7",
                RequestId = "0HN7A2B3C4D5E:00000001",
            };
            _core.Apply(new BrokerInput.Noted { Audit = note }, decision);
        }

        _core.Close(decision);
        return decision;
    }
}
