using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// Takes rows back one by one: one that makes no sense is noted down and left out, whatever is wrong with it.
/// </summary>
internal sealed class Restoring
{
    private readonly List<UnreadableRow> _unreadable = [];

    public IReadOnlyList<UnreadableRow> Unreadable => _unreadable;

    /// <param name="keyOf">The row's key, as it stands on disk.</param>
    /// <param name="restore">Takes the row; false where another row is in its place.</param>
    public void Take<T>(StoredRowKind kind, IEnumerable<T> rows, Func<T, string> keyOf, Func<T, bool> restore)
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

    public void Take<T>(StoredRowKind kind, IEnumerable<T> rows, Func<T, string> keyOf, Action<T> restore) =>
        Take(
            kind,
            rows,
            keyOf,
            row =>
            {
                restore(row);
                return true;
            }
        );

    /// <summary>A job that waits or runs; looked at before anything of it is taken.</summary>
    /// <exception cref="ArgumentException">It is neither.</exception>
    public static Job Unfinished(Job job) =>
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
