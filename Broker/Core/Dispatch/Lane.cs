using ScheduleZero.Broker.Core.Jobs;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>
/// The sessions that may run a job: all that offer the method, those of one handler or of one group, or that of the one
/// instance with an offline store.
/// </summary>
/// <param name="Handler">The only handler; null for any.</param>
/// <param name="Group">The only group; null for any.</param>
/// <param name="Store">The offline store of the only instance; null for any.</param>
public readonly record struct LaneKey(string Method, string? Handler, string? Group, string? Store = null)
{
    public static LaneKey Of(JobSpec spec) =>
        new(spec.Method, spec.Handler, spec.Handler is null ? spec.Group : null, spec.Store);
}

/// <summary>Ready jobs that the same handlers may run, and the sessions to which one could be assigned now.</summary>
internal sealed class Lane
{
    private readonly List<(SessionOffer Offer, int Index)> _free = [];
    private int _turn;

    /// <summary>The ready jobs of the lane, without those that are parked at a gate.</summary>
    public ReadyQueue Ready { get; } = new();

    /// <summary>Whether the lane is in the pool's list of lanes that can move.</summary>
    public bool IsListed { get; set; }

    public bool HasFree => _free.Count > 0;

    public bool IsUnused => Ready.Count == 0 && _free.Count == 0 && Offering.Count == 0;

    /// <summary>The offers of the sessions that may run jobs of the lane, whether they are free or not.</summary>
    public HashSet<SessionOffer> Offering { get; } = [];

    /// <summary>The free session whose turn it is. Free sessions take turns.</summary>
    public SessionOffer NextFree()
    {
        _turn = _turn >= _free.Count - 1 ? 0 : _turn + 1;
        return _free[_turn].Offer;
    }

    /// <summary>Notes whether a session could be given a job of the lane now.</summary>
    /// <param name="index">The lane's index in the offer's own list.</param>
    public void SetFree(SessionOffer offer, int index, bool isFree)
    {
        var position = offer.FreePositions[index];
        if (isFree == position >= 0)
        {
            return;
        }

        if (isFree)
        {
            offer.FreePositions[index] = _free.Count;
            _free.Add((offer, index));
            return;
        }

        var last = _free[^1];
        _free[position] = last;
        last.Offer.FreePositions[last.Index] = position;
        _free.RemoveAt(_free.Count - 1);
        offer.FreePositions[index] = -1;
    }
}
