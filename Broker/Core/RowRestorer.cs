using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// Restores stored rows one by one. A row that makes no sense is noted and left out, whatever is wrong with it.
/// </summary>
internal sealed class RowRestorer
{
    private readonly List<UnreadableRow> _unreadable = [];

    public IReadOnlyList<UnreadableRow> Unreadable => _unreadable;

    /// <summary>Restores the rows of one kind.</summary>
    /// <param name="keyOf">Gives the row's key in its stored form.</param>
    /// <param name="restore">Restores the row; false where another row is in its place.</param>
    public void RestoreEach<T>(StoredRowKind kind, IEnumerable<T> rows, Func<T, string> keyOf, Func<T, bool> restore)
    {
        foreach (var row in rows)
        {
            try
            {
                if (!restore(row))
                {
                    _unreadable.Add(new UnreadableRow(kind, keyOf(row), "another row has its name"));
                }
            }
            // A row of another version may be wrong in any way; one row must not keep all the others from being served.
#pragma warning disable CA1031
            catch (Exception e)
#pragma warning restore CA1031
            {
                _unreadable.Add(new UnreadableRow(kind, keyOf(row), e.Message));
            }
        }
    }

    public void RestoreEach<T>(StoredRowKind kind, IEnumerable<T> rows, Func<T, string> keyOf, Action<T> restore) =>
        RestoreEach(
            kind,
            rows,
            keyOf,
            row =>
            {
                restore(row);
                return true;
            }
        );

    /// <summary>Gives the job back if it waits or runs; called before anything of the job is restored.</summary>
    /// <exception cref="ArgumentException">The job neither waits nor runs.</exception>
    public static Job RequireUnfinished(Job job) =>
        job.State switch
        {
            JobState.Scheduled or JobState.Ready when job.Current is null => job,
            JobState.Running when job.Current is not null => job,
            _ => throw new ArgumentException(
                $"an unfinished job cannot be {job.State}{(job.Current is null ? "" : " with an attempt")}",
                nameof(job)
            ),
        };
}
