using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Handlers;
using ScheduleZero.Simulation.Producers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>One promise, watched over a whole run. Its class's name is what a failure prints.</summary>
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

    /// <summary>A new process of the Broker is about to read the disk.</summary>
    public virtual void Starting() { }

    /// <summary>An input has come to the Broker, which has not decided it.</summary>
    public virtual void Heard(BrokerInput input) { }

    /// <summary>A change is about to be on the disk, which shows what was before.</summary>
    public virtual void Committing(Change change) { }

    public virtual void Said(long connection, MessageKind kind, object message) { }

    public virtual void Answered(Ask ask, Answer answer) { }

    public virtual void Begins(AttemptId id, AgentProcess process) { }

    /// <summary>The disk has changed, or the loop has turned.</summary>
    public virtual void Stepped() { }

    /// <summary>As <see cref="Stepped"/>, and all that the Broker has heard is decided, on disk, and said.</summary>
    public virtual void Rested(BrokerProcess broker) { }

    /// <summary>The run is over.</summary>
    public virtual void Ended() { }

    protected void Require(bool holds, Func<string> otherwise)
    {
        if (!holds)
        {
            throw new BrokenException(GetType().Name, otherwise());
        }
    }
}
