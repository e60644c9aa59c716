using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Storage;

/// <summary>A job as it is stored, with those of its bodies that were asked for.</summary>
/// <param name="Params">The params; empty when they were not asked for, or are not stored.</param>
/// <param name="Result">The result; empty when it was not asked for, or the job has none.</param>
public sealed record StoredJob(Job Job, RawJson Params, RawJson Result);

/// <summary>The bodies that come with the jobs that a search finds.</summary>
[Flags]
public enum JobBodies
{
    None = 0,
    Params = 1,
    Result = 2,
    All = Params | Result,
}
