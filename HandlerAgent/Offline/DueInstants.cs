using Microsoft.Extensions.Logging;
using ScheduleZero.HandlerAgent.Attempts;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// Finds the nominal instants of the schedules in custody that are due, from the moment when the Broker was last heard.
/// The lock of the <see cref="OfflineCustodian"/> guards every member; the type has no lock of its own.
/// </summary>
internal sealed class DueInstants(
    ScheduleCopies copies,
    OfflineOccurrences occurrences,
    AttemptBook book,
    ILogger logger
)
{
    /// <summary>
    /// The greatest delay with which an instant still runs here. A later one, as after a sleep of the machine, is left
    /// to the Broker, which has policies for missed instants.
    /// </summary>
    public static readonly TimeSpan LateMax = TimeSpan.FromMinutes(5);

    /// <summary>The instant up to which occurrences are the Broker's, by their effective instants.</summary>
    private DateTimeOffset _from;

    /// <summary>The instant up to which nominal instants have been searched.</summary>
    private DateTimeOffset _searchedUntil;

    private IEnumerable<CustodySchedule> Offered => copies.Schedules.Where(held => book.Offers(held.Schedule.Method));

    /// <summary>
    /// Begins the search because the Broker is out of reach. Occurrences that were to start up to this instant are the
    /// Broker's.
    /// </summary>
    public void StartFrom(DateTimeOffset instant)
    {
        if (copies.Schedules.Count > 0)
        {
            logger.OutOfReach(instant, copies.Schedules.Count);
        }

        _searchedUntil = instant;
        Begin(instant);
    }

    /// <summary>Adds the occurrences that have become due since the last call.</summary>
    public void AddDueOccurrences(DateTimeOffset now)
    {
        if (now - _searchedUntil > LateMax && copies.Schedules.Count > 0)
        {
            logger.LeftToBroker(_searchedUntil, now - LateMax);
            Begin(now - LateMax);
        }

        foreach (var held in Offered)
        {
            while (held.Next is { } nominal && nominal <= now)
            {
                occurrences.AddDue(held, nominal, _from, now);
                held.SetNextAfter(nominal);
            }
        }

        _searchedUntil = now;
    }

    /// <summary>How long from now the next instant comes; null when none will.</summary>
    public TimeSpan? NextIn(DateTimeOffset now) => Offered.Select(held => held.Next - now).Min();

    private void Begin(DateTimeOffset from)
    {
        _from = from;
        foreach (var held in copies.Schedules)
        {
            // An occurrence that starts later than this by its jitter is due here, although its instant has passed.
            held.SetNextAfter(from - held.Schedule.Jitter);
        }
    }
}
