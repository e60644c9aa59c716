using Microsoft.Extensions.Logging;
using ScheduleZero.HandlerAgent.Attempts;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// Finds the instants of all kept schedules that are due, from when the Broker was last heard. The keeper's lock guards
/// it.
/// </summary>
internal sealed class KeptInstants(CopyShelf shelf, OfflineRuns runs, AttemptBook book, ILogger logger)
{
    /// <summary>
    /// What is further behind when the agent gets to it, as after a sleep of the machine, is the Broker's: it has
    /// policies for what was missed.
    /// </summary>
    public static readonly TimeSpan LookBackMax = TimeSpan.FromMinutes(5);

    private DateTimeOffset _from;
    private DateTimeOffset _takenAt;

    private IEnumerable<KeptSlot> Offered => shelf.Slots.Where(slot => book.Offers(slot.Schedule.Method));

    /// <summary>The Broker is out of reach: what was to start up to this instant is the Broker's.</summary>
    public void LookFrom(DateTimeOffset instant)
    {
        if (shelf.Slots.Count > 0)
        {
            logger.OutOfReach(instant, shelf.Slots.Count);
        }

        _takenAt = instant;
        Begin(instant);
    }

    public void TakeDue(DateTimeOffset now)
    {
        if (now - _takenAt > LookBackMax && shelf.Slots.Count > 0)
        {
            logger.LeftToBroker(_takenAt, now - LookBackMax);
            Begin(now - LookBackMax);
        }

        foreach (var slot in Offered)
        {
            while (slot.Next is { } nominal && nominal <= now)
            {
                runs.Take(slot, nominal, _from, now);
                slot.LookAfter(nominal);
            }
        }

        _takenAt = now;
    }

    public TimeSpan? NextIn(DateTimeOffset now) => Offered.Select(slot => slot.Next - now).Min();

    private void Begin(DateTimeOffset from)
    {
        _from = from;
        foreach (var slot in shelf.Slots)
        {
            slot.LookAfter(from - slot.Schedule.Jitter);
        }
    }
}
