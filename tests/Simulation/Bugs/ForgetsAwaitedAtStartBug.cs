using ScheduleZero.Broker.Core;

namespace ScheduleZero.Simulation.Bugs;

/// <summary>Planted bug: a start of the Broker forgets which jobs a job waits for.</summary>
internal sealed class ForgetsAwaitedAtStartBug : PlantedBug
{
    public override StoredState Load(StoredState stored) =>
        stored with
        {
            Jobs =
            [
                .. stored.Jobs.Select(job =>
                    job.Chain is { } chain ? job with { Chain = chain with { Left = [] } } : job
                ),
            ],
        };
}
