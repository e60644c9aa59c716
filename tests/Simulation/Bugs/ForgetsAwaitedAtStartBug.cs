using ScheduleZero.Broker.Storage;

namespace ScheduleZero.Simulation.Bugs;

/// <summary>What a job still waits for is lost with the process.</summary>
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
