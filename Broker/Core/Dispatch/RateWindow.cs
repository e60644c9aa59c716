using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>
/// A bucket whose tokens each come back a whole period after they were taken: no period, wherever it begins, has more
/// starts than the limit. Starts that lie close together share a slice, so that the memory of a window does not depend
/// on its limit. The tokens of a slice come back together, when the last of them is due.
/// </summary>
internal sealed class RateWindow(TimeSpan period)
{
    /// <summary>
    /// How many slices a period has. A token may come back later than it is due by the length of one slice.
    /// </summary>
    public const int SlicesPerPeriod = 64;

    private readonly List<Slice> _slices = [];

    public TimeSpan Period { get; } = period;

    /// <summary>The number of tokens that were taken and have not come back.</summary>
    public int Taken { get; private set; }

    public bool IsEmpty => Taken == 0;

    /// <summary>When the next tokens come back, on the steady clock; null when all are there.</summary>
    public TimeSpan? NextReturn => _slices.Count == 0 ? null : _slices[0].Last + Period;

    /// <summary>Takes a token, which comes back a period from now.</summary>
    public void TakeToken(TimeSpan now)
    {
        Taken++;
        if (_slices.Count > 0 && _slices[^1] is var newest && now - newest.First < Period / SlicesPerPeriod)
        {
            _slices[^1] = newest with { Last = now, Count = newest.Count + 1 };
        }
        else
        {
            _slices.Add(new Slice(now, now, 1));
        }
    }

    /// <summary>Puts back the tokens that have been away for a period.</summary>
    public void Expire(TimeSpan now)
    {
        var over = 0;
        while (over < _slices.Count && _slices[over].Last + Period <= now)
        {
            Taken -= _slices[over++].Count;
        }

        _slices.RemoveRange(0, over);
    }

    /// <summary>
    /// When fewer tokens than the limit will be taken, on the steady clock, if no more are taken until then; null when
    /// that is so now.
    /// </summary>
    public TimeSpan? OpensAt(int limit)
    {
        var left = Taken;
        foreach (var slice in _slices)
        {
            if (left < limit)
            {
                break;
            }

            left -= slice.Count;
            if (left < limit)
            {
                return slice.Last + Period;
            }
        }

        return null;
    }

    /// <summary>A window of the same starts with another period.</summary>
    public RateWindow Over(TimeSpan period)
    {
        var other = new RateWindow(period) { Taken = Taken };
        other._slices.AddRange(_slices);
        return other;
    }

    /// <summary>
    /// The counted starts in their stored form. Their instants are those of the wall clock, because the steady clock
    /// does not outlive the process.
    /// </summary>
    public IReadOnlyList<RateSlice> Save(Moment now) =>
        _slices.ConvertAll(slice => new RateSlice(now.Wall - (now.Steady - slice.Last), slice.Count));

    public static RateWindow Restore(TimeSpan period, IReadOnlyList<RateSlice> kept, Moment now)
    {
        var window = new RateWindow(period);
        foreach (var slice in kept)
        {
            // When the wall clock was set back meanwhile, a start may lie in the future: it then counts as of now.
            var ago = now.Wall - slice.At;
            var at = now.Steady - (ago > TimeSpan.Zero ? ago : TimeSpan.Zero);
            window._slices.Add(new Slice(at, at, slice.Count));
            window.Taken += slice.Count;
        }

        window.Expire(now.Steady);
        return window;
    }

    private readonly record struct Slice(TimeSpan First, TimeSpan Last, int Count);
}
