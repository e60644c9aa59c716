using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// Attempts that ended a short while ago, so that a result said twice is acknowledged the same way twice, and one that
/// came too late is known for what it is. Bounded: the oldest are forgotten.
/// </summary>
internal sealed class RecentOutcomes
{
    private readonly Dictionary<AttemptId, Recent> _outcomes = [];
    private readonly Queue<AttemptId> _order = new();

    public void Remember(Job job, Attempt ended)
    {
        var id = new AttemptId(job.Id, ended.Token);
        _outcomes[id] = new Recent(job.Namespace, ended.Handler, ended.Instance, ended.Outcome!.Value);
        _order.Enqueue(id);
        if (_order.Count > BrokerCore.RecentAttemptsMax)
        {
            _outcomes.Remove(_order.Dequeue());
        }
    }

    public Recent? Find(AttemptId id) => _outcomes.GetValueOrDefault(id);

    /// <summary>Its late result is in the history now; a repetition adds nothing.</summary>
    public void Supersede(AttemptId id, Recent recent) =>
        _outcomes[id] = recent with { Outcome = AttemptOutcome.Superseded };

    internal sealed record Recent(string Namespace, string Handler, string Instance, AttemptOutcome Outcome);
}
