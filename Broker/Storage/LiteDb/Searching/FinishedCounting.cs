using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb.Searching;

/// <summary>
/// One count of a namespace's finished jobs. The count runs in steps, so that commits pass in between, and ends after a
/// bounded number of them. Jobs that are not in the history yet are counted in the last step, in the same turn in which
/// the numbers of the indexes are read, so that no job counts twice.
/// </summary>
internal sealed class FinishedCounting(string ns)
{
    /// <summary>How many slices one request reads at most: about a quarter of a second.</summary>
    private const int SlicesMax = 64;

    private readonly (JobState State, byte[] Hash)[] _terms =
    [
        .. Term.FinalStates.Select(state => (state, new Term(TermOrder.ById, TermKind.All, ns, "", state).Hash())),
    ];

    /// <summary>The number of slices that were read.</summary>
    private int _slices;

    /// <summary>The numbers; null before the last step.</summary>
    public FinishedCounts? Result { get; private set; }

    /// <summary>Runs the next step. True when the count is over.</summary>
    public bool Step(HistoryIndex index, Overlay overlay)
    {
        var unread = Array.Find(_terms, term => !index.Counts.Of(term.Hash).IsWhole);
        if (unread.Hash is not null && _slices < SlicesMax)
        {
            _slices++;
            index.Counts.CountSlice(unread.Hash);
            return false;
        }

        var counts = _terms.ToDictionary(term => term.State, term => index.Counts.Of(term.Hash).Entries);
        foreach (var waiting in overlay.Finished.Where(waiting => waiting.Job!.Namespace == ns))
        {
            counts[waiting.Job!.State]++;
        }

        Result = new FinishedCounts(counts, unread.Hash is null && index.Unindexed is null);
        return true;
    }
}
