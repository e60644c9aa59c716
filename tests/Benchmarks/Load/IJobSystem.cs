namespace ScheduleZero.Benchmarks.Load;

/// <summary>
/// A broker, as processes that were started, which takes jobs from a producer and has agents run them.
/// </summary>
internal interface IJobSystem : IAsyncDisposable
{
    /// <summary>The processes beside agents and producers. The first of them has the jobs.</summary>
    IEnumerable<(string Name, int Process)> Servers { get; }

    /// <param name="slots">The agent may get jobs with numbers from 0 up to this.</param>
    Task<LoadAgentProcess> StartAgentAsync(int slots);

    /// <param name="run">How many jobs, from how many callers, in batches of how many.</param>
    /// <param name="ratePerSecond">How many jobs are posted in a second; 0 for as many as possible.</param>
    Task<LoadProducerProcess> StartProducerAsync(LoadOptions run, double ratePerSecond);

    /// <summary>The number of jobs whose end is stored; null where nobody counts them.</summary>
    Task<long?> FinishedAsync();

    /// <summary>The last output of all processes.</summary>
    string Describe();
}
