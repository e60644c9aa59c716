using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Handlers;
using ScheduleZero.Simulation.Producers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>One promise, checked over a whole run. A failure prints the name of the class.</summary>
internal abstract class Invariant(World world)
{
    protected World World => world;

    public static List<Invariant> All(World world)
    {
        var rates = new RateLimitsAreKept(world);
        return
        [
            new NoAcknowledgedJobIsLost(world),
            new OneLeaseAJob(world),
            new TokensGrow(world),
            new OneOutcomeAJob(world),
            new TheKeptResultIsTheAcknowledgedOne(world),
            new OneJobAnOccurrence(world),
            new EveryInstantIsServed(world),
            new NoComingInstantIsBarred(world),
            new BackfillsAreWhole(world),
            new NothingFiresOnExcludedDays(world),
            new ConcurrencyLimitsAreKept(world),
            new NamespaceLimitsAreKept(world),
            rates,
            new PausesAreKept(world),
            new CreditIsKept(world),
            new PriorityIsKept(world),
            new NobodyWaitsInVain(world, rates),
            new NothingIsOverdue(world),
            new RetriesAreCounted(world),
            new LeasesEndUnlessRenewed(world),
            new NoEndedAttemptIsResumed(world),
            new DeduplicationHolds(world),
            new ChainsAreKept(world),
            new BatchesAreKept(world),
            new WhatIsSaidIsOnDisk(world),
            new TheAuditLogHasNoGaps(world),
            new CountsAddUp(world),
            new MemoryIsBounded(world),
            new EverythingEnds(world),
        ];
    }

    /// <summary>Called when a new process of the Broker is about to read the disk.</summary>
    public virtual void Starting() { }

    /// <summary>Called when an input has reached the Broker, which has not decided it yet.</summary>
    public virtual void Heard(BrokerInput input) { }

    /// <summary>Called when a change is about to be written. The disk still has the state before it.</summary>
    public virtual void Committing(Change change) { }

    public virtual void Said(long connection, IBrokerMessage message) { }

    public virtual void Answered(Ask ask, Answer answer) { }

    public virtual void Begins(AttemptId id, AgentProcess process) { }

    /// <summary>Called when the disk has changed, or the loop has turned.</summary>
    public virtual void Stepped() { }

    /// <summary>
    /// Called like <see cref="Stepped"/>, when in addition every input of the Broker is decided, on disk, and its
    /// effects sent.
    /// </summary>
    public virtual void Rested(BrokerProcess broker) { }

    /// <summary>Called when the run is over.</summary>
    public virtual void Ended() { }

    protected void Require(bool holds, Func<string> otherwise)
    {
        if (!holds)
        {
            throw new BrokenException(GetType().Name, otherwise());
        }
    }
}
