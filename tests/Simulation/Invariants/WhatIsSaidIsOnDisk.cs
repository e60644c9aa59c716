using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Simulation.Producers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>The Broker commits, then speaks: every message that it sends rests on what is on disk.</summary>
internal sealed class WhatIsSaidIsOnDisk(World world) : Invariant(world)
{
    public override void Said(long connection, IBrokerMessage message)
    {
        switch (message)
        {
            case Assign assign:
                foreach (var attempt in assign.Attempts)
                {
                    Require(
                        World.Disk.Find(attempt.JobId)?.Token >= attempt.FencingToken,
                        () => $"{attempt.AttemptId} was assigned and is not on the disk"
                    );
                    Require(
                        attempt.Params.Utf8.Span.SequenceEqual(World.Disk.ParamsOf(attempt.JobId).Utf8.Span),
                        () => $"{attempt.AttemptId} was given with other params than those on the disk"
                    );
                }

                break;
            case Ack ack:
                foreach (var attempt in ack.Attempts.Where(attempt => attempt.Outcome == "accepted"))
                {
                    Require(
                        World.Disk.Find(attempt.AttemptId.Job)?.Holds(attempt.AttemptId.Token) != true,
                        () => $"the end of {attempt.AttemptId} was acknowledged and is not on the disk"
                    );
                }

                break;
            default:
                break;
        }
    }

    public override void Answered(Ask ask, Answer answer)
    {
        switch (answer)
        {
            case Answer.Enqueued enqueued:
                Require(
                    enqueued.Jobs.All(job => World.Disk.Holds(job.Id)),
                    () => "a job was acknowledged and is not on the disk"
                );
                break;
            case Answer.ScheduleIs { Schedule: var schedule }:
                Require(
                    !World.Disk.Schedules.TryGetValue(schedule.Id, out var kept) || kept.Version >= schedule.Version,
                    () => $"version {schedule.Version} of {schedule.Name} was acknowledged and is not on the disk"
                );
                break;
            case Answer.Done when ask.Input is BrokerInput.RevokeKey revoke:
                Require(
                    World.Disk.Keys[revoke.Id].RevokedAt is not null,
                    () => $"{revoke.Id} was said to be revoked and is not on the disk"
                );
                break;
            default:
                break;
        }
    }
}
