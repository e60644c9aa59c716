using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Testing;

public sealed partial class ScheduleZeroSimulation
{
    /// <summary>How much virtual time the waits below allow when no limit is given.</summary>
    private static readonly TimeSpan WithinDefault = TimeSpan.FromDays(1);

    /// <summary>
    /// Lets time pass, and everything happen that is due until then. The call waits for code that is running and does
    /// not wait for virtual time.
    /// </summary>
    /// <exception cref="SimulationStuckException">Code took longer than
    /// <see cref="SimulationOptions.RealTimeLimit"/>.</exception>
    public Task AdvanceAsync(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        return _site.Driver.LiveAsync(_site.Driver.Agenda.Now + by, stopsAtNews: false);
    }

    /// <summary>Lets time pass until the Broker's clock shows the instant.</summary>
    /// <exception cref="SimulationStuckException">Code took longer than
    /// <see cref="SimulationOptions.RealTimeLimit"/>.</exception>
    public Task AdvanceToAsync(DateTimeOffset to) => AdvanceAsync(to - Now);

    /// <summary>Lets everything happen that can happen without any time passing.</summary>
    /// <exception cref="SimulationStuckException">Code took longer than
    /// <see cref="SimulationOptions.RealTimeLimit"/>.</exception>
    public Task SettleAsync() => AdvanceAsync(TimeSpan.Zero);

    /// <summary>
    /// Lets time pass until the condition holds. The condition is asked whenever something has happened and everything
    /// has come to rest.
    /// </summary>
    /// <param name="within">The limit of virtual time; a day when not given.</param>
    /// <exception cref="SimulationAssertionException">The condition did not hold in time. The message tells what
    /// happened last.</exception>
    /// <exception cref="SimulationStuckException">Code took longer than
    /// <see cref="SimulationOptions.RealTimeLimit"/>.</exception>
    public async Task WaitForAsync(Func<Task<bool>> condition, TimeSpan? within = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        if (!await TryWaitAsync(condition, within ?? WithinDefault))
        {
            throw new SimulationAssertionException(
                $"What the test waits for did not come within {within ?? WithinDefault}. What happened "
                    + $"last:\n{LastEntries()}"
            );
        }
    }

    /// <inheritdoc cref="WaitForAsync(Func{Task{bool}}, TimeSpan?)"/>
    public Task WaitForAsync(Func<bool> condition, TimeSpan? within = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return WaitForAsync(() => Task.FromResult(condition()), within);
    }

    /// <summary>Lets time pass until the job has ended, well or not.</summary>
    /// <param name="within">The limit of virtual time; a day when not given.</param>
    /// <exception cref="SimulationAssertionException">The job did not end in time. The message tells its
    /// story.</exception>
    /// <exception cref="SimulationStuckException">Code took longer than
    /// <see cref="SimulationOptions.RealTimeLimit"/>.</exception>
    public async Task<JobView> WaitForEndAsync(JobId job, TimeSpan? within = null)
    {
        JobView? ended = null;
        async Task<bool> HasEndedAsync() => (ended = await FindAsync(job)).State >= JobState.Succeeded;
        return await TryWaitAsync(HasEndedAsync, within ?? WithinDefault)
            ? ended!
            : throw new SimulationAssertionException(
                $"The job did not end within {within ?? WithinDefault}.\n{await StoryOfAsync(job)}"
            );
    }

    private async Task<bool> TryWaitAsync(Func<Task<bool>> condition, TimeSpan within)
    {
        var until = _site.Driver.Agenda.Now + within;
        await SettleAsync();
        while (!await condition())
        {
            if (await _site.Driver.LiveAsync(until, stopsAtNews: true))
            {
                return await condition();
            }
        }

        return true;
    }
}
