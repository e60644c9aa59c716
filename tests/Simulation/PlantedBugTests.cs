using ScheduleZero.Simulation.Bugs;
using ScheduleZero.Simulation.Invariants;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation;

/// <summary>
/// Plants bugs that somebody could make, one at a time. A simulation that does not find them would find nothing else
/// either.
/// </summary>
public sealed class PlantedBugTests
{
    // The bound of a campaign that finds nothing. Most bugs are found within 20 seeds.
    private const int SeedsMax = 2000;

    private static IEnumerable<TestCaseData> Bugs()
    {
        static TestCaseData Found<TBug>(params string[] by)
            where TBug : PlantedBug, new() =>
            new TestCaseData((Func<object>)(() => new TBug()), by).SetArgDisplayNames(typeof(TBug).Name);

        yield return Found<SpeaksBeforeCommitBug>(nameof(WhatIsSaidIsOnDisk), nameof(NoAcknowledgedJobIsLost));
        yield return Found<ForgetsTokensAtStartBug>(nameof(TokensGrow));
        yield return Found<ForgetsRetriesAtStartBug>(nameof(RetriesAreCounted));
        yield return Found<ForgetsDeduplicationAtStartBug>(nameof(DeduplicationHolds), nameof(MemoryIsBounded));
        yield return Found<ResumesEverythingBug>(nameof(NoEndedAttemptIsResumed));
        yield return Found<AcceptsLateResultsBug>(nameof(TheKeptResultIsTheAcknowledgedOne));
        yield return Found<IgnoresTokensBug>(nameof(TheKeptResultIsTheAcknowledgedOne));
        yield return Found<BeatsForEverythingBug>(nameof(LeasesEndUnlessRenewed));
        yield return Found<ReleasesPlacesTwiceBug>(
            nameof(NamespaceLimitsAreKept),
            nameof(ConcurrencyLimitsAreKept),
            nameof(MemoryIsBounded)
        );
        yield return Found<ForgetsStartsAtStartBug>(nameof(RateLimitsAreKept), nameof(MemoryIsBounded));
        yield return Found<ForgetsPausesAtStartBug>(nameof(PausesAreKept));
        // A job that is unfinished cannot be added twice: its second firing throws.
        yield return Found<FiresAgainAfterTheClockWentBackBug>(nameof(OneJobAnOccurrence), "NothingThrows");
        yield return Found<StaysAheadAfterTheClockWentBackBug>(nameof(NoComingInstantIsBarred));
        yield return Found<DropsReadyJobAtDrainBug>(
            nameof(NobodyWaitsInVain),
            nameof(MemoryIsBounded),
            nameof(EverythingEnds),
            "NothingThrows"
        );
        yield return Found<MissesWakeUpsBug>(nameof(NobodyWaitsInVain));
        yield return Found<LosesJobsAtStartBug>(nameof(NoAcknowledgedJobIsLost));
        yield return Found<ExcludesSilentlyBug>(nameof(EveryInstantIsServed));
        yield return Found<ForgetsExcludedDaysAtStartBug>(nameof(NothingFiresOnExcludedDays));
        yield return Found<ForgetsAwaitedAtStartBug>(nameof(ChainsAreKept), nameof(NobodyWaitsInVain));
        yield return Found<ForgetsBatchCountsAtStartBug>(nameof(BatchesAreKept));
        yield return Found<LosesLastChangeBug>(
            nameof(TheAuditLogHasNoGaps),
            nameof(EveryInstantIsServed),
            nameof(WhatIsSaidIsOnDisk),
            nameof(OneOutcomeAJob),
            nameof(CountsAddUp),
            nameof(BatchesAreKept),
            nameof(MemoryIsBounded)
        );
    }

    [TestCaseSource(nameof(Bugs))]
    public void A_planted_bug_is_found(Func<object> plant, string[] by)
    {
        var failure = Campaign.FirstFailure([.. Enumerable.Range(1, SeedsMax)], () => (PlantedBug)plant());
        Assert.That(failure, Is.Not.Null, $"{SeedsMax} seeds did not find it");
        TestContext.Out.WriteLine(
            $"{failure!.Broken.Message}; seed {failure.Seed}, {failure.Acts.Count} of {failure.ActsBefore} acts"
        );
        Assert.That(by, Does.Contain(failure.Broken.Invariant), failure.Describe());
    }
}
