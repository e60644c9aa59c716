using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Pages.Schedules;

/// <summary>Saves a new version of a schedule that stands.</summary>
internal static class ScheduleSave
{
    /// <summary>
    /// Saves the version, unless somebody else has saved one meanwhile. A pause stays, with its note: saving a schedule
    /// says only whether it is paused, so the note is written again.
    /// </summary>
    /// <param name="saved">The schedule as it was read; its version must still be in force.</param>
    /// <exception cref="ScheduleZeroException">REST refused the version; nothing was changed.</exception>
    public static async Task SaveAsync(
        SchedulesClient schedules,
        ScheduleRequest request,
        ScheduleView saved,
        CancellationToken cancellationToken
    )
    {
        await schedules.PutAsync(request with { Paused = saved.Paused }, saved.Version, cancellationToken);
        if (saved.Paused && (saved.PauseNote is not null || saved.ResumeAt is not null))
        {
            await schedules.PauseAsync(
                saved.Name,
                new PauseRequest(saved.PauseNote, saved.ResumeAt),
                cancellationToken
            );
        }
    }
}
