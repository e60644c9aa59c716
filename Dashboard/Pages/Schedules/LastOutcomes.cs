using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Schedules;

/// <summary>
/// The newest job of each schedule of a list. A job is read again when its schedule has fired, while it is unfinished,
/// and now and then, since a schedule may be run by hand.
/// </summary>
internal sealed class LastOutcomes
{
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, Known> _bySchedule = new(StringComparer.Ordinal);

    /// <summary>The newest job of a schedule; null when there is none, or when it is not known.</summary>
    public JobView? Of(string schedule) => _bySchedule.GetValueOrDefault(schedule)?.Job;

    /// <summary>Lets the newest job of a schedule be read the next time.</summary>
    public void Forget(string schedule) => _bySchedule.Remove(schedule);

    public async Task ReadAsync(
        ScheduleZeroClient client,
        IReadOnlyList<ScheduleView> schedules,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        foreach (var schedule in schedules)
        {
            if (_bySchedule.TryGetValue(schedule.Name, out var known) && known.IsGood(schedule, now))
            {
                continue;
            }

            var filter = new JobFilter { Schedule = schedule.Name, Limit = 1 };
            var page = await client.Jobs.ListAsync(filter, null, cancellationToken);
            _bySchedule[schedule.Name] = new Known(page.Items.Count == 0 ? null : page.Items[0], schedule, now);
        }
    }

    private sealed record Known(JobView? Job, ScheduleView Schedule, DateTimeOffset ReadAt)
    {
        public bool IsGood(ScheduleView schedule, DateTimeOffset now) =>
            schedule.Occurrences == Schedule.Occurrences
            && (Job is null || StateText.IsFinal(Job.State))
            && now - ReadAt < AgeMax;
    }
}
