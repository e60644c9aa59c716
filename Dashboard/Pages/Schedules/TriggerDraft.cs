using System.Globalization;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Schedules;

/// <summary>
/// A trigger as somebody types it: the fields of all kinds, so that none is lost when the kind changes.
/// </summary>
public sealed class TriggerDraft
{
    private const string DateForm = "yyyy-MM-dd";

    public string Kind { get; set; } = TriggerKinds.Cron;

    public string Expression { get; set; } = "0 2 * * *";

    public string TimeZone { get; set; } = "UTC";

    public string Every { get; set; } = "1 h";

    /// <summary>interval: the first instant, on the reader's clock.</summary>
    public string StartAt { get; set; } = "";

    /// <summary>once: the instant, on the reader's clock.</summary>
    public string At { get; set; } = "";

    /// <summary>calendarInterval: how many of the unit.</summary>
    public string Number { get; set; } = "1";

    /// <summary>calendarInterval: <c>months</c>, <c>weeks</c> or <c>days</c>.</summary>
    public string Unit { get; set; } = "months";

    public string TimeOfDay { get; set; } = "02:00";

    /// <summary>calendarInterval: the date from which the others are counted.</summary>
    public string StartOn { get; set; } = "";

    /// <summary>anyOf, allOf: the parts.</summary>
    public List<TriggerDraft> Parts { get; } = [];

    /// <summary>Whether the trigger is made of others.</summary>
    public bool HasParts => Kind is TriggerKinds.AnyOf or TriggerKinds.AllOf;

    /// <summary>How many triggers there are, this one included.</summary>
    public int Count => 1 + (HasParts ? Parts.Sum(part => part.Count) : 0);

    public static TriggerDraft Of(TriggerRequest trigger, TimeZoneInfo zone)
    {
        var draft = new TriggerDraft
        {
            Kind = trigger.Kind,
            Expression = trigger.Expression ?? "0 2 * * *",
            TimeZone = trigger.TimeZone ?? "UTC",
            Every = trigger.Every is { } every ? DurationText.Of(every) : "1 h",
            StartAt = LocalTimeText.Of(trigger.StartAt, zone),
            At = LocalTimeText.Of(trigger.At, zone),
            Number = (trigger.Months ?? trigger.Weeks ?? trigger.Days ?? 1).ToString(CultureInfo.InvariantCulture),
            Unit =
                trigger.Weeks is not null ? "weeks"
                : trigger.Days is not null ? "days"
                : "months",
            TimeOfDay = trigger.TimeOfDay ?? "02:00",
            StartOn = trigger.StartOn?.ToString(DateForm, CultureInfo.InvariantCulture) ?? "",
        };
        draft.Parts.AddRange((trigger.Triggers ?? []).Select(part => Of(part, zone)));
        return draft;
    }

    /// <summary>
    /// The trigger as REST takes it. What cannot be read is left out, and noted among the errors by the path that REST
    /// would name.
    /// </summary>
    /// <param name="path">The path of this trigger, such as <c>trigger.triggers[1]</c>.</param>
    public TriggerRequest Read(string path, TimeZoneInfo zone, FieldErrors errors) =>
        Kind switch
        {
            TriggerKinds.Cron => new TriggerRequest
            {
                Kind = Kind,
                Expression = Expression.Trim(),
                TimeZone = ZoneOrNull(),
            },
            TriggerKinds.Interval => new TriggerRequest
            {
                Kind = Kind,
                Every = errors.Duration($"{path}.every", Every, isNeeded: true),
                StartAt = errors.Instant($"{path}.startAt", StartAt, zone),
            },
            TriggerKinds.CalendarInterval => ReadCalendar(path, errors),
            TriggerKinds.Once => new TriggerRequest
            {
                Kind = Kind,
                At = errors.Instant($"{path}.at", At, zone, isNeeded: true),
            },
            _ => new TriggerRequest
            {
                Kind = Kind,
                Triggers = [.. Parts.Select((part, i) => part.Read($"{path}.triggers[{i}]", zone, errors))],
            },
        };

    private TriggerRequest ReadCalendar(string path, FieldErrors errors)
    {
        var number = errors.Whole($"{path}.{Unit}", Number, isNeeded: true);
        return new TriggerRequest
        {
            Kind = Kind,
            Months = Unit == "months" ? number : null,
            Weeks = Unit == "weeks" ? number : null,
            Days = Unit == "days" ? number : null,
            TimeOfDay = TimeOfDay.Trim() is { Length: > 0 } time ? time : null,
            TimeZone = ZoneOrNull(),
            StartOn = ReadDate(path, errors),
        };
    }

    private DateOnly? ReadDate(string path, FieldErrors errors)
    {
        if (StartOn.Trim().Length == 0)
        {
            return null;
        }

        if (
            DateOnly.TryParseExact(
                StartOn.Trim(),
                DateForm,
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var date
            )
        )
        {
            return date;
        }

        errors.Add($"{path}.startOn", "A date is needed.");
        return null;
    }

    private string? ZoneOrNull() => TimeZone.Trim() is { Length: > 0 } zone ? zone : null;
}
