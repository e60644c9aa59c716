using System.Globalization;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Schedules;

/// <summary>A schedule as somebody types it. Empty texts mean what REST takes when a field is not given.</summary>
public sealed class ScheduleDraft
{
    public string Name { get; set; } = "";

    public TriggerDraft Trigger { get; set; } = new();

    public JobDraft Job { get; set; } = new();

    public MisfirePolicy Misfire { get; set; }

    public string CatchUpWindow { get; set; } = "1 h";

    public OverlapPolicy Overlap { get; set; }

    public string Jitter { get; set; } = "";

    /// <summary>From when the schedule fires, on the reader's clock.</summary>
    public string StartAt { get; set; } = "";

    /// <summary>Until when the schedule fires, on the reader's clock.</summary>
    public string EndAt { get; set; } = "";

    public string MaxOccurrences { get; set; } = "";

    public HashSet<string> Calendars { get; } = new(StringComparer.Ordinal);

    public bool RunsOffline { get; set; }

    public string Owner { get; set; } = "";

    public static ScheduleDraft Of(ScheduleView schedule, TimeZoneInfo zone)
    {
        var draft = new ScheduleDraft
        {
            Name = schedule.Name,
            Trigger = TriggerDraft.Of(schedule.Trigger, zone),
            Job = JobDraft.Of(schedule.Job),
            Misfire = schedule.Misfire,
            CatchUpWindow = DurationText.Of(schedule.CatchUpWindow),
            Overlap = schedule.Overlap,
            Jitter = schedule.Jitter == TimeSpan.Zero ? "" : DurationText.Of(schedule.Jitter),
            StartAt = LocalTimeText.Of(schedule.StartAt, zone),
            EndAt = LocalTimeText.Of(schedule.EndAt, zone),
            MaxOccurrences = schedule.MaxOccurrences?.ToString(CultureInfo.InvariantCulture) ?? "",
            RunsOffline = schedule.Offline == OfflinePolicy.Run,
            Owner = schedule.Owner,
        };
        draft.Calendars.UnionWith(schedule.ExcludeCalendars);
        return draft;
    }

    /// <summary>
    /// The schedule as REST takes it. What cannot be read is left out, and noted among the errors by the path that REST
    /// would name.
    /// </summary>
    public ScheduleRequest Read(TimeZoneInfo zone, FieldErrors errors) =>
        new()
        {
            Name = Name.Trim(),
            Trigger = Trigger.Read("trigger", zone, errors),
            Job = Job.Read(errors),
            Misfire = Misfire,
            CatchUpWindow = errors.Duration("catchUpWindow", CatchUpWindow),
            Overlap = Overlap,
            Jitter = errors.Duration("jitter", Jitter),
            StartAt = errors.Instant("startAt", StartAt, zone),
            EndAt = errors.Instant("endAt", EndAt, zone),
            MaxOccurrences = errors.Long("maxOccurrences", MaxOccurrences),
            ExcludeCalendars = Calendars.Count == 0 ? null : [.. Calendars.Order(StringComparer.Ordinal)],
            Offline = RunsOffline ? OfflinePolicy.Run : OfflinePolicy.Wait,
            Owner = Owner.Trim() is { Length: > 0 } owner ? owner : null,
        };

    /// <summary>What a preview of the trigger needs; null when a field of it cannot be read.</summary>
    public PreviewRequest? ReadPreview(TimeZoneInfo zone, int count, DateTimeOffset now, FieldErrors errors)
    {
        var trigger = Trigger.Read("trigger", zone, errors);
        var (start, end) = (errors.Instant("startAt", StartAt, zone), errors.Instant("endAt", EndAt, zone));
        return errors.IsEmpty
            ? new PreviewRequest(
                trigger,
                count,
                start > now ? start : null,
                // An end counts itself; the end of a preview does not.
                end?.AddTicks(1),
                Calendars.Count == 0 ? null : [.. Calendars.Order(StringComparer.Ordinal)]
            )
            : null;
    }
}
