using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>Tokens grow, also across crashes: a token that was sent to anybody is never given again.</summary>
internal sealed class TokensGrow(World world) : Invariant(world)
{
    private readonly Dictionary<JobId, int> _newest = [];
    private readonly Dictionary<AttemptId, string> _owners = [];

    public override void Committing(Change change)
    {
        if (change is Change.JobAssigned { Attempt: var attempt } assigned)
        {
            var newest = _newest.GetValueOrDefault(assigned.Id);
            Require(attempt.Token > newest, () => $"{assigned.Id} got token {attempt.Token} after {newest}");
            _newest[assigned.Id] = attempt.Token;
            _owners[new AttemptId(assigned.Id, attempt.Token)] = attempt.Instance;
        }
    }

    public override void Said(long connection, IBrokerMessage message)
    {
        foreach (var said in message is Assign assign ? assign.Attempts : [])
        {
            // A token that was sent before its commit shows here first.
            if (said.FencingToken > _newest.GetValueOrDefault(said.JobId))
            {
                _newest[said.JobId] = said.FencingToken;
            }
        }
    }
}
