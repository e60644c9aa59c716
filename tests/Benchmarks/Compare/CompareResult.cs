using ScheduleZero.Benchmarks.Load;

namespace ScheduleZero.Benchmarks.Compare;

/// <summary>What one round measured of one contestant.</summary>
/// <param name="CpuMs">CPU time of a job, over all processes, until they had nothing more to do.</param>
/// <param name="EnqueueP50Ms">How long a call took while 16 callers posted as fast as they could.</param>
/// <param name="IdleEnqueueP50Ms">How long a call took at 20 jobs a second.</param>
/// <param name="StartP50Ms">From the call to the handler's start, at 20 jobs a second.</param>
/// <param name="OtherCores">How many cores the rest of the machine used meanwhile: noise.</param>
internal sealed record CompareResult(
    string Name,
    int Jobs,
    double JobsPerSecond,
    double CpuMs,
    double EnqueueP50Ms,
    double EnqueueP99Ms,
    double IdleEnqueueP50Ms,
    double StartP50Ms,
    double StartP99Ms,
    double PeakMib,
    double OtherCores
)
{
    /// <exception cref="InvalidOperationException">Jobs were lost.</exception>
    public static CompareResult Of(Contestant contestant, JobRun fast, JobRun idle)
    {
        foreach (var run in new[] { fast, idle }.Where(run => run.Distinct < run.Jobs || !run.IsComplete))
        {
            throw new InvalidOperationException($"{run.Distinct} of {run.Jobs} jobs ran.");
        }

        return new CompareResult(
            contestant.Name,
            fast.Jobs,
            fast.JobsPerSecond,
            fast.SettledCpu.Total * 1000 / fast.Jobs,
            fast.EnqueueMs(0.5),
            fast.EnqueueMs(0.99),
            idle.EnqueueMs(0.5),
            idle.StartMs(0.5),
            idle.StartMs(0.99),
            fast.PeakMemoryMib,
            fast.Cpu.OtherCores
        );
    }
}
