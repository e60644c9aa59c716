using ScheduleZero.Broker.Core;

namespace ScheduleZero.Simulation.Bugs;

/// <summary>Planted bug: instants that calendars exclude leave no row.</summary>
internal sealed class ExcludesSilentlyBug : PlantedBug
{
    public override IReadOnlyList<Change> Commit(IReadOnlyList<Change> changes) =>
        [
            .. changes.Where(change =>
                change is not Change.OccurrenceMissed missed
                || !missed.Reason.StartsWith("excluded", StringComparison.Ordinal)
            ),
        ];
}

internal sealed class ForgetsExcludedDaysAtStartBug : PlantedBug
{
    public override StoredState Load(StoredState stored) =>
        stored with
        {
            Calendars = [.. stored.Calendars.Select(calendar => calendar with { Dates = [], Weekdays = [] })],
        };
}
