using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Pages.Schedules;

/// <summary>
/// Pauses, or resumes, many schedules one after the other, and counts them. When the user's requests of the minute are
/// used up, the act waits and goes on.
/// </summary>
internal sealed class BulkPause
{
    private readonly TimeProvider _time;
    private readonly List<string> _refusals = [];

    /// <param name="names">The schedules to act on.</param>
    /// <param name="pause">What to note of the pause; null to resume.</param>
    public BulkPause(IReadOnlyList<string> names, PauseRequest? pause, TimeProvider time) =>
        (Names, Pause, _time) = (names, pause, time);

    public IReadOnlyList<string> Names { get; }

    /// <summary>What to note of the pause; null to resume.</summary>
    public PauseRequest? Pause { get; }

    /// <summary>The number of schedules that were acted on.</summary>
    public int Done { get; private set; }

    /// <summary>The number of schedules that were left alone: they are gone, or REST refused the act.</summary>
    public int Refused => _refusals.Count;

    /// <summary>Why the last one that was left alone was so; null when there is none.</summary>
    public string? LastRefusal => _refusals.Count == 0 ? null : _refusals[^1];

    /// <summary>Whether the act waits, since the user's requests of this minute are used up.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>The names of the schedules that pass the filter and are, or are not, paused.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(
        SchedulesClient schedules,
        ScheduleFilter filter,
        bool paused,
        CancellationToken cancellationToken
    )
    {
        List<string> names = [];
        await foreach (
            var schedule in schedules.ListAllAsync(filter with { Limit = Limits.PageSizeMax }, cancellationToken)
        )
        {
            if (schedule.Paused == paused)
            {
                names.Add(schedule.Name);
            }
        }

        return names;
    }

    /// <param name="moved">Called after each step.</param>
    public async Task RunAsync(SchedulesClient schedules, Action moved, CancellationToken cancellationToken)
    {
        foreach (var name in Names)
        {
            while (!await TryAsync(schedules, name, moved, cancellationToken))
            {
                // Asked again when the minute is over.
            }

            moved();
        }
    }

    private async Task<bool> TryAsync(
        SchedulesClient schedules,
        string name,
        Action moved,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await (
                Pause is null
                    ? schedules.ResumeAsync(name, cancellationToken)
                    : schedules.PauseAsync(name, Pause, cancellationToken)
            );
            Done++;
            return true;
        }
        catch (ScheduleZeroException e) when (e.Code == ErrorCodes.RateLimited && e.RetryAfter is { } wait)
        {
            IsWaiting = true;
            moved();
            await Task.Delay(wait, _time, cancellationToken);
            IsWaiting = false;
            return false;
        }
        catch (ScheduleZeroException e)
            when (e.Code is ErrorCodes.NotFound or ErrorCodes.Forbidden or ErrorCodes.Conflict)
        {
            _refusals.Add($"{name}: {Words.ProblemText.Of(e)}");
            return true;
        }
    }
}
