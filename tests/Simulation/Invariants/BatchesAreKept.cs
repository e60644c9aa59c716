using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>
/// In every commit the counts of a batch are those of its jobs. The completion job exists once, starts after all other
/// jobs have ended, and is told how they ended. A cancelled batch leaves none of its jobs waiting.
/// </summary>
internal sealed class BatchesAreKept(World world) : Invariant(world)
{
    private readonly Dictionary<BatchId, List<JobId>> _members = [];
    private readonly Dictionary<BatchId, JobId> _completions = [];
    private readonly HashSet<BatchId> _changed = [];
    private readonly List<(JobId Job, BatchId Batch, CompletedBatch? End)> _told = [];

    public override void Committing(Change change)
    {
        // A change of a member counts as a change of its batch, since the batch's own row may be missing from the
        // commit.
        var touched = change switch
        {
            Change.BatchSaved c => c.Batch.Id,
            Change.JobFinished c => c.Job.Batch,
            Change.JobAdded c => c.Job.Batch,
            _ => null,
        };
        if (touched is { } batchId)
        {
            _changed.Add(batchId);
        }

        switch (change)
        {
            case Change.JobAdded { Job: { Batch: { } batch, Id: var id } }:
                (_members.TryGetValue(batch, out var members) ? members : _members[batch] = []).Add(id);
                break;
            case Change.JobAdded { Job: { Completes.Batch: var batch, Id: var id } }:
                Require(
                    _completions.TryAdd(batch, id),
                    () => $"{batch} is completed by {id} and by {_completions[batch]}"
                );
                break;
            case Change.JobAssigned { Id: var id }
                when World.Disk.Jobs.GetValueOrDefault(id) is { Completes: { } completes }:
                Require(
                    _members[completes.Batch].TrueForAll(World.Disk.Finished.ContainsKey),
                    () => $"{id} starts before all jobs of {completes.Batch} have ended"
                );
                _told.Add((id, completes.Batch, completes.End));
                break;
            case Change.BatchSaved { Batch: var now } when World.Disk.Batches.TryGetValue(now.Id, out var before):
                Require(before.FinishedAt is null, () => $"{now.Id} changed after its end");
                break;
            default:
                break;
        }
    }

    public override void Stepped()
    {
        foreach (var batch in _changed.Select(id => World.Disk.Batches[id]))
        {
            var members = _members.GetValueOrDefault(batch.Id) ?? [];
            int Count(JobState state) =>
                members.Count(id => World.Disk.Finished.TryGetValue(id, out var ended) && ended.Job.State == state);
            Require(
                members.Count == batch.Total
                    && Count(JobState.Succeeded) == batch.Succeeded
                    && Count(JobState.Failed) == batch.Failed
                    && Count(JobState.Cancelled) == batch.Cancelled
                    && Count(JobState.Expired) == batch.Expired,
                () => $"{batch} does not count its jobs: {string.Join("; ", members.Select(World.Disk.Find))}"
            );
            Require(
                batch.FinishedAt is not null == members.TrueForAll(World.Disk.Finished.ContainsKey),
                () => $"{batch} says of its end what its jobs do not"
            );
            Require(
                batch.CompletionJob is not { } last || World.Disk.Holds(last),
                () => $"the job that completes {batch.Id} is gone"
            );
        }

        foreach (var (id, batch, end) in _told)
        {
            Require(
                end == EndOf(World.Disk.Batches[batch]),
                () => $"{id} is told {end}, and the jobs are {World.Disk.Batches[batch]}"
            );
        }

        _changed.Clear();
        _told.Clear();
    }

    public override void Rested(BrokerProcess broker)
    {
        foreach (
            var batch in World.Disk.Batches.Values.Where(batch =>
                batch.FinishedAt is not null || batch.CancelRequestedAt is not null
            )
        )
        {
            if (batch.FinishedAt is not null)
            {
                Require(
                    batch.CompletionJob is not { } last
                        || World.Disk.Jobs.GetValueOrDefault(last) is not { Completes.End: null },
                    () => $"{batch.CompletionJob} waits for a batch that is over"
                );
            }
            else if (broker.RestedAt == World.Agenda.Now)
            {
                Require(
                    _members[batch.Id]
                        .TrueForAll(id =>
                            World.Disk.Jobs.GetValueOrDefault(id) is not { } job
                            || job.Current is { CancelRequestedAt: not null }
                        ),
                    () => $"{batch.Id} was to be cancelled, and a job of it goes on"
                );
            }
        }

        foreach (var batch in World.Disk.Batches.Values.Where(batch => batch.FinishedAt is null))
        {
            var state = broker.Core.State.Batches(batch.Namespace, [batch.Id]).GetValueOrDefault(batch.Id);
            Require(
                state is not null
                    && state.Scheduled
                        + state.Ready
                        + state.Running
                        + state.Batch.Succeeded
                        + state.Batch.Failed
                        + state.Batch.Cancelled
                        + state.Batch.Expired
                        == batch.Total,
                () => $"the counts of {batch.Id} do not add up: {state}"
            );
        }
    }

    private static CompletedBatch EndOf(Batch batch) =>
        new(batch.Id, batch.Total, batch.Succeeded, batch.Failed, batch.Cancelled, batch.Expired, batch.Name);
}
