using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage;

/// <summary>Reads the params of jobs, which Core does not hold in memory.</summary>
public interface IParamsReader
{
    /// <summary>
    /// Reads the params of these jobs, in the order of the ids; <c>default</c> for a job that the store does not hold.
    /// </summary>
    ValueTask<RawJson[]> ReadParamsAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken);
}
