using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// The decision of one turn: changes for the store, and effects that go out once the changes are on disk. A decision
/// also carries what it may depend on beside the state: the moment, and a source of random numbers.
/// </summary>
public sealed class Decision(Moment now, Random chance)
{
    public List<Change> Changes { get; } = [];

    public List<Effect> Effects { get; } = [];

    /// <summary>
    /// The present moment. It moves on within a turn that receives inputs while the turn before is being committed.
    /// </summary>
    public Moment Now { get; set; } = now;

    public Random Chance { get; } = chance;

    /// <summary>How many instants of schedules one turn passes at most, whether they make jobs or not.</summary>
    internal const int InstantsPassedMax = 4096;

    /// <summary>The number of instants of schedules that this turn has passed.</summary>
    internal int InstantsPassed { get; set; }

    /// <summary>True while there is nothing to commit and nothing to let out.</summary>
    public bool IsEmpty => Changes.Count == 0 && Effects.Count == 0;

    public void Answer(Ticket ticket, Answer answer) => Effects.Add(new Effect.Answer(ticket, answer));

    public void Publish(string type, Job job, string? handler = null, string? detail = null) =>
        Effects.Add(
            new Effect.Publish(
                new Happened(
                    type,
                    job.Namespace,
                    job.Id.ToString(),
                    Now.Wall,
                    job,
                    handler ?? job.Current?.Handler,
                    detail
                )
            )
        );
}
