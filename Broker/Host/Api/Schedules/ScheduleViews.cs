using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Host.Api.Schedules;

internal static class ScheduleViews
{
    public static ScheduleView From(Schedule schedule) =>
        new()
        {
            Name = schedule.Name,
            Namespace = schedule.Namespace,
            Version = schedule.Version,
            Trigger = schedule.Trigger,
            Job = JobViews.RequestOf(schedule.Job, schedule.Params),
            Misfire = schedule.Misfire,
            CatchUpWindow = schedule.CatchUpWindow,
            Overlap = schedule.Overlap,
            Jitter = schedule.Jitter,
            StartAt = schedule.StartAt,
            EndAt = schedule.EndAt,
            MaxOccurrences = schedule.MaxOccurrences,
            ExcludeCalendars = schedule.ExcludeCalendars ?? [],
            Offline = schedule.Offline,
            KeptUntil = schedule.Keeping?.Until,
            Warning = TriggerClock.WarningOf(schedule.Trigger),
            Stopped = schedule.Stopped,
            Paused = schedule.Paused,
            PauseNote = schedule.PauseNote,
            ResumeAt = schedule.ResumeAt,
            NextNominal = schedule.Paused || schedule.Stopped is not null ? null : schedule.NextNominal,
            LastNominal = schedule.LastNominal,
            Queued = schedule.Queued,
            Occurrences = schedule.Occurrences,
            Missed = schedule.Missed,
            CreatedAt = schedule.CreatedAt,
            ChangedAt = schedule.ChangedAt,
            CreatedBy = schedule.CreatedBy,
            Owner = schedule.Owner,
        };

    /// <summary>
    /// The ETag of a schedule: its version, and a digest of what changes without a new version once the schedule has
    /// fired, or is paused, in the custody of a handler or bound to calendars.
    /// </summary>
    public static EntityTag TagOf(Schedule schedule)
    {
        if (
            schedule is { Paused: false, Occurrences: 0, Missed: 0, Passed: null, Queued: null, Keeping: null }
            && schedule.ExcludeCalendars is null or { Count: 0 }
        )
        {
            return new EntityTag(schedule.Version);
        }

        var nominals = $"{schedule.NextNominal:O} {schedule.LastNominal:O} {schedule.Queued:O}";
        var instants = $"{schedule.ResumeAt:O} {nominals} {schedule.Keeping?.Until:O}";
        var counts = $"{schedule.Occurrences} {schedule.Missed}";
        return EntityTag.Of(schedule.Version, $"{instants} {counts} {schedule.Paused} {schedule.PauseNote}");
    }

    /// <summary>The fields that saving one schedule over another changes.</summary>
    public static IReadOnlyList<FieldChange> Changes(Schedule before, Schedule after) =>
        FieldChanges.Between(RequestOf(before), RequestOf(after), RestJson.Default.ScheduleRequest);

    /// <summary>The request that would save the same schedule.</summary>
    public static ScheduleRequest RequestOf(Schedule schedule) =>
        new()
        {
            Name = schedule.Name,
            Trigger = schedule.Trigger,
            Job = JobViews.RequestOf(schedule.Job, schedule.Params),
            Misfire = schedule.Misfire,
            CatchUpWindow = schedule.CatchUpWindow,
            Overlap = schedule.Overlap,
            Jitter = schedule.Jitter,
            StartAt = schedule.StartAt,
            EndAt = schedule.EndAt,
            MaxOccurrences = schedule.MaxOccurrences,
            ExcludeCalendars = schedule.ExcludeCalendars,
            Offline = schedule.Offline,
            Owner = schedule.Owner,
            Paused = schedule.Paused,
        };

    /// <summary>A version of a schedule, with what it changed.</summary>
    /// <param name="before">The version before it; null when there is none.</param>
    public static ScheduleVersionView VersionOf(Schedule schedule, Schedule? before)
    {
        var request = RequestOf(schedule);
        return new ScheduleVersionView
        {
            Version = schedule.Version,
            ChangedAt = schedule.ChangedAt,
            ChangedBy = schedule.ChangedBy ?? schedule.CreatedBy,
            Schedule = request,
            Changes = before is null
                ? []
                : FieldChanges.Between(RequestOf(before), request, RestJson.Default.ScheduleRequest),
        };
    }
}
