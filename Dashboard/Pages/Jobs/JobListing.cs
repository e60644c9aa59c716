using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Pages.Jobs;

/// <summary>
/// The rows of a list of jobs that somebody reads. Rows keep their place: what has changed is changed in place, and
/// what is new is counted, and shown when it is asked for.
/// </summary>
internal sealed class JobListing
{
    private List<JobView> _rows = [];
    private Page<JobView>? _latest;

    /// <summary>The rows as they stand; null before the first read.</summary>
    public IReadOnlyList<JobView>? Rows => _latest is null ? null : _rows;

    /// <summary>How many jobs have come since the rows were put in order.</summary>
    public int New { get; private set; }

    /// <summary>Where the page after this one begins; null when there is none.</summary>
    public string? NextCursor { get; private set; }

    /// <summary>Forgets everything, for another list.</summary>
    public void Clear() => (_rows, _latest, New, NextCursor) = ([], null, 0, null);

    /// <summary>Takes in a page that was read again.</summary>
    public void Put(Page<JobView> page)
    {
        var isFirst = _latest is null;
        _latest = page;
        if (isFirst)
        {
            ShowNew();
            return;
        }

        var latest = page.Items.ToDictionary(job => job.Id);
        var shown = _rows.Select(job => job.Id).ToHashSet();
        _rows = [.. _rows.Select(job => latest.GetValueOrDefault(job.Id) ?? job)];
        New = page.Items.Count(job => !shown.Contains(job.Id));
        if (_rows.Count == 0)
        {
            ShowNew();
        }
    }

    /// <summary>Rows that the last page does not have any more, though they may have changed.</summary>
    public IReadOnlyList<JobId> Missing()
    {
        var latest = (_latest?.Items ?? []).Select(job => job.Id).ToHashSet();
        return [.. _rows.Where(job => !latest.Contains(job.Id) && job.FinishedAt is null).Select(job => job.Id)];
    }

    /// <summary>Takes in one job that was read by itself.</summary>
    public void Put(JobView job) => _rows = [.. _rows.Select(row => row.Id == job.Id ? job : row)];

    /// <summary>Puts the rows in order, with the new ones.</summary>
    public void ShowNew()
    {
        _rows = [.. _latest?.Items ?? []];
        NextCursor = _latest?.NextCursor;
        New = 0;
    }
}
