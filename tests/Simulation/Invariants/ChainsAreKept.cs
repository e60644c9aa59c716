using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>
/// No job starts before all jobs that it runs after have succeeded (or ended, where that is enough). No job waits for a
/// job that has ended. A job that is cancelled by its chain names a job that did not succeed.
/// </summary>
internal sealed class ChainsAreKept(World world) : Invariant(world)
{
    // Chains as the producers asked for them. The Broker's own version is compared with them.
    private readonly Dictionary<JobId, Chain> _asked = [];
    private readonly HashSet<JobId> _ended = [];

    public override void Committing(Change change)
    {
        switch (change)
        {
            case Change.JobAdded { Job: { Chain: { } chain, Id: var id } }:
                _asked[id] = chain;
                break;
            case Change.JobAssigned { Id: var id } when _asked.TryGetValue(id, out var chain):
                foreach (var awaited in chain.After)
                {
                    var state = World.Disk.Finished.TryGetValue(awaited, out var ended)
                        ? ended.Job.State
                        : default(JobState?);
                    Require(
                        state is not null && (state == JobState.Succeeded || chain.OnFailure == AfterFailure.Run),
                        () => $"{id} starts after {awaited}, which is {World.Disk.Find(awaited)}"
                    );
                }

                break;
            case Change.JobFinished { Job: { Id: var id, State: JobState.Cancelled, Error.Type: "after" } job }:
                Require(
                    _asked.TryGetValue(id, out var asked)
                        && asked.OnFailure == AfterFailure.Cancel
                        && asked.After.Any(awaited =>
                            job.Error.Message.Contains(awaited.ToString())
                            && World.Disk.Finished.TryGetValue(awaited, out var ended)
                            && ended.Job.State != JobState.Succeeded
                        ),
                    () => $"{id} was cancelled without need: {job.Error.Message}"
                );
                break;
            default:
                break;
        }

        if (change is Change.JobFinished { Job.Id: var over })
        {
            _ended.Add(over);
        }
    }

    // A commit is checked as a whole: a job that waited knows of the end in the same commit.
    public override void Stepped()
    {
        if (_ended.Count == 0)
        {
            return;
        }

        foreach (var job in World.Disk.Jobs.Values)
        {
            Require(job.Chain?.Left.Any(_ended.Contains) != true, () => $"{job.Id} waits for a job that is over");
        }

        _ended.Clear();
    }

    public override void Rested(BrokerProcess broker)
    {
        if (broker.RestedAt != World.Agenda.Now)
        {
            return;
        }

        foreach (var job in World.Disk.Jobs.Values)
        {
            Require(
                job.Chain?.BrokenBy is null,
                () => $"{job.Id} is to be cancelled for {job.Chain!.BrokenBy!.Id}, and is not"
            );
            Require(
                job.Chain is not { Left: { Count: > 0 } left } || left.All(World.Disk.Jobs.ContainsKey),
                () => $"{job.Id} waits for jobs of which one is not there: {string.Join(", ", job.Chain!.Left)}"
            );
        }
    }
}
