using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Attempts;

/// <summary>
/// Remembers the attempts that ended last, so that a result that is reported twice is acknowledged twice in the same
/// way, and a result that comes too late is recognised as late. The oldest attempts are forgotten.
/// </summary>
internal sealed class EndedAttempts
{
    private readonly Dictionary<AttemptId, Ending> _endings = [];
    private readonly Queue<AttemptId> _order = new();

    public void Remember(Job job, Attempt ended)
    {
        var id = new AttemptId(job.Id, ended.Token);
        _endings[id] = new Ending(job.Namespace, ended.Handler, ended.Instance, ended.Outcome!.Value);
        _order.Enqueue(id);
        if (_order.Count > BrokerCore.RecentAttemptsMax)
        {
            _endings.Remove(_order.Dequeue());
        }
    }

    /// <summary>How an attempt ended; null for one that is open, unknown or forgotten.</summary>
    public Ending? Find(AttemptId id) => _endings.GetValueOrDefault(id);

    /// <summary>Notes that a late result is in the history now, so that a repetition adds nothing.</summary>
    public void Supersede(AttemptId id, Ending ending) =>
        _endings[id] = ending with { Outcome = AttemptOutcome.Superseded };

    internal sealed record Ending(string Namespace, string Handler, string Instance, AttemptOutcome Outcome);
}
