using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Calendars;

/// <summary>Holds every calendar, with its days ready for the schedules that name it.</summary>
internal sealed class CalendarTable
{
    /// <summary>The calendars. One whose time zone is not known here has no days, and a problem instead.</summary>
    private readonly Dictionary<
        (string Namespace, string Name),
        (CalendarRecord Record, ExcludedDays? Days, string? Problem)
    > _calendars = [];

    public IEnumerable<CalendarRecord> In(string ns) =>
        _calendars.Where(entry => entry.Key.Namespace == ns).Select(entry => entry.Value.Record);

    public CalendarRecord? Find(string ns, string name) =>
        _calendars.TryGetValue((ns, name), out var calendar) ? calendar.Record : null;

    /// <summary>
    /// The days of the named calendars. The answer is complete only where <see cref="ProblemOf"/> finds no problem.
    /// </summary>
    public Exclusions Of(string ns, IReadOnlyList<string>? names) =>
        names is null or { Count: 0 }
            ? Exclusions.None
            : new Exclusions([
                .. names
                    .Select(name => (Name: name, _calendars.GetValueOrDefault((ns, name)).Days))
                    .Where(entry => entry.Days is not null)
                    .Select(entry => (entry.Name, entry.Days!)),
            ]);

    /// <summary>Why the days of the named calendars are not known here; null when they are.</summary>
    public string? ProblemOf(string ns, IReadOnlyList<string>? names)
    {
        foreach (var name in names ?? [])
        {
            if (!_calendars.TryGetValue((ns, name), out var calendar))
            {
                return $"calendar {name}: its row in the store cannot be read; save the calendar anew";
            }

            if (calendar.Problem is not null)
            {
                return calendar.Problem;
            }
        }

        return null;
    }

    /// <summary>When one of the named calendars was last changed; null when no calendar is named.</summary>
    public DateTimeOffset? ChangedAt(string ns, IReadOnlyList<string>? names) =>
        names?.Select(name => Find(ns, name)?.ChangedAt).Max();

    public void Restore(CalendarRecord record)
    {
        var days = record.TryToDays(out var problem);
        _calendars[(record.Namespace, record.Name)] = (record, days, problem);
    }

    public void Save(CalendarRecord record, Decision decision)
    {
        Restore(record);
        decision.Changes.Add(new Change.CalendarSaved(record));
        Publish("calendar.saved", record, decision);
    }

    public void Delete(CalendarRecord record, Decision decision)
    {
        _calendars.Remove((record.Namespace, record.Name));
        decision.Changes.Add(new Change.CalendarDeleted(record.Namespace, record.Name));
        Publish("calendar.deleted", record, decision);
    }

    private static void Publish(string type, CalendarRecord record, Decision decision) =>
        decision.Effects.Add(new Effect.Publish(new Happened(type, record.Namespace, record.Name, decision.Now.Wall)));
}
