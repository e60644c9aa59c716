using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Simulation.Handlers;

/// <summary>
/// The handler's own code during one attempt. The code takes some time, then succeeds or fails; it obeys a cancel or
/// ignores it.
/// </summary>
internal sealed class Work(AgentProcess process, JobContext job)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource<RawJson> _done = new();
    private TimeSpan _endsAt;
    private bool _isDeaf;

    public Task<RawJson> Begin()
    {
        var world = process.World;
        _isDeaf = world.Chance.Next(4) == 0;
        _endsAt = world.Agenda.Now + (world.IsCalm ? TimeSpan.FromMilliseconds(world.Chance.Next(5, 300)) : Length());
        world.Begins(job.AttemptId, process);
        if (world.Chance.Next(6) == 0)
        {
            job.ReportProgress(50, "half");
            job.Log(LogLevel.Information, "working");
        }

        Wait();
        return _done.Task;
    }

    /// <summary>The result of an attempt: the id of the attempt, so that results cannot be confused.</summary>
    public static RawJson ResultOf(Contracts.Ids.AttemptId id) => RawJson.From(id.ToString());

    private TimeSpan Length() =>
        process.World.Chance.Next(10) switch
        {
            < 6 => TimeSpan.FromMilliseconds(process.World.Chance.Next(5, 3_000)),
            < 9 => TimeSpan.FromSeconds(process.World.Chance.Next(3, 20)),
            _ => TimeSpan.FromSeconds(process.World.Chance.Next(20, 90)),
        };

    private void Wait()
    {
        var left = _endsAt - process.World.Agenda.Now;
        process.World.Agenda.In(left < LookInterval ? left : LookInterval, () => process.Do(Look));
    }

    private void Look()
    {
        if (job.CancelReason is not null && !_isDeaf)
        {
            _done.SetException(new OperationCanceledException());
        }
        else if (process.World.Agenda.Now < _endsAt && !process.World.IsCalm)
        {
            Wait();
        }
        else
        {
            End();
        }
    }

    private void End()
    {
        switch (process.World.IsCalm ? 9 : process.World.Chance.Next(10))
        {
            case < 2:
                _done.SetException(new InvalidOperationException("It went wrong."));
                break;
            case 2:
                _done.SetException(new JobFailedException("hopeless", "It never goes right.", retryable: false));
                break;
            default:
                _done.SetResult(ResultOf(job.AttemptId));
                break;
        }
    }
}
