using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Pages.Schedules;

/// <summary>
/// The rows of a list of schedules that somebody reads. Rows keep their place though schedules fire: what has changed
/// is changed in place, and the new order comes when it is asked for.
/// </summary>
internal sealed class ScheduleRows
{
    private List<ScheduleView> _rows = [];
    private Page<ScheduleView>? _latest;

    /// <summary>The rows as they stand; null before the first read.</summary>
    public IReadOnlyList<ScheduleView>? Rows => _latest is null ? null : _rows;

    /// <summary>Whether the list has another order, or other schedules, than the rows.</summary>
    public bool HasMoved { get; private set; }

    /// <summary>Where the page after this one begins; null when there is none.</summary>
    public string? NextCursor { get; private set; }

    /// <summary>Forgets everything, for another list.</summary>
    public void Clear() => (_rows, _latest, HasMoved, NextCursor) = ([], null, false, null);

    /// <summary>Takes in a page that was read again.</summary>
    public void Put(Page<ScheduleView> page)
    {
        var isFirst = _latest is null;
        _latest = page;
        if (isFirst || _rows.Count == 0)
        {
            ShowOrder();
            return;
        }

        var latest = page.Items.ToDictionary(schedule => schedule.Name, StringComparer.Ordinal);
        _rows = [.. _rows.Select(row => latest.GetValueOrDefault(row.Name) ?? row)];
        HasMoved = !page.Items.Select(row => row.Name).SequenceEqual(_rows.Select(row => row.Name));
    }

    /// <summary>Rows that the last page does not have any more: they have moved, or are gone.</summary>
    public IReadOnlyList<string> Missing()
    {
        var latest = (_latest?.Items ?? []).Select(schedule => schedule.Name).ToHashSet(StringComparer.Ordinal);
        return [.. _rows.Select(row => row.Name).Where(name => !latest.Contains(name))];
    }

    /// <summary>Takes in one schedule that was read by itself.</summary>
    public void Put(ScheduleView schedule) =>
        _rows = [.. _rows.Select(row => row.Name == schedule.Name ? schedule : row)];

    /// <summary>Takes out a schedule that is gone.</summary>
    public void Remove(string name) => _rows.RemoveAll(row => row.Name == name);

    /// <summary>Puts the rows in the order of the last page.</summary>
    public void ShowOrder()
    {
        _rows = [.. _latest?.Items ?? []];
        NextCursor = _latest?.NextCursor;
        HasMoved = false;
    }
}
