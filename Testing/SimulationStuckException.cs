namespace ScheduleZero.Testing;

/// <summary>
/// Thrown when virtual time could not go on: code took longer than <see cref="SimulationOptions.RealTimeLimit"/> of
/// real time. The message names the code.
/// </summary>
public sealed class SimulationStuckException : Exception
{
    internal SimulationStuckException(string what, TimeSpan limit)
        : base(
            $"{what} For {limit.TotalSeconds:0.#} s of real time nothing has moved, so virtual time cannot go "
                + "on. Code that waits for a time must wait for the "
                + "simulation's: await Task.Delay(…, job.Time, job.CancellationToken), or with the TimeProvider of "
                + "the constructor, in place of Task.Delay(…), Thread.Sleep, "
                + "PeriodicTimer(…) and CancelAfter(…) without a TimeProvider. Code that truly works for so "
                + "long needs a larger SimulationOptions.RealTimeLimit."
        ) { }
}

/// <summary>Thrown when what a test expected has not come true. The message tells what happened instead.</summary>
public sealed class SimulationAssertionException : Exception
{
    internal SimulationAssertionException(string message)
        : base(message) { }
}
