using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// What one batch of inputs comes to: changes for the store, and effects that go out once those are on disk. Also
/// carries what a decision may draw on beside the state: the moment, and chance.
/// </summary>
public sealed class Decision(Moment now, Random chance)
{
    public List<Change> Changes { get; } = [];

    public List<Effect> Effects { get; } = [];

    /// <summary>Moves on within a batch that takes inputs while the one before is being committed.</summary>
    public Moment Now { get; set; } = now;

    public Random Chance { get; } = chance;

    /// <summary>Instants of schedules that one batch passes, with or without a job, before it is closed.</summary>
    internal const int InstantsPassedMax = 4096;

    /// <summary>Instants of schedules that this batch has passed.</summary>
    internal int InstantsPassed { get; set; }

    /// <summary>Anything to commit or to say?</summary>
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
