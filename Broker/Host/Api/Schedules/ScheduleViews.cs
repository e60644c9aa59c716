using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Schedules;

internal static class ScheduleViews
{
    public static ScheduleView From(Schedule schedule) => new()
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
        Paused = schedule.Paused,
        PauseNote = schedule.PauseNote,
        ResumeAt = schedule.ResumeAt,
        NextNominal = schedule.Paused ? null : schedule.NextNominal,
        LastNominal = schedule.LastNominal,
        Queued = schedule.Queued,
        Occurrences = schedule.Occurrences,
        Missed = schedule.Missed,
        CreatedAt = schedule.CreatedAt,
        ChangedAt = schedule.ChangedAt,
        CreatedBy = schedule.CreatedBy,
    };
}
