using ScheduleZero.Broker.Core;

namespace ScheduleZero.Simulation.Bugs;

/// <summary>Planted bug: a batch counts from zero again after each start of the Broker.</summary>
internal sealed class ForgetsBatchCountsAtStartBug : PlantedBug
{
    public override StoredState Load(StoredState stored) =>
        stored with
        {
            Batches =
            [
                .. stored.Batches.Select(batch => batch with { Succeeded = 0, Failed = 0, Cancelled = 0, Expired = 0 }),
            ],
        };
}
