using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

public sealed class OverlapRuleTests
{
    [TestCase(OverlapPolicy.Allow, true, false, OverlapAnswer.Start)]
    [TestCase(OverlapPolicy.Allow, true, true, OverlapAnswer.Start)]
    [TestCase(OverlapPolicy.Skip, false, false, OverlapAnswer.Start)]
    [TestCase(OverlapPolicy.Skip, true, false, OverlapAnswer.MissBehindUnfinished)]
    [TestCase(OverlapPolicy.Skip, false, true, OverlapAnswer.MissBehindUnfinished)]
    [TestCase(OverlapPolicy.Queue, false, false, OverlapAnswer.Start)]
    [TestCase(OverlapPolicy.Queue, true, false, OverlapAnswer.Wait)]
    [TestCase(OverlapPolicy.Queue, false, true, OverlapAnswer.MissBehindWaiting)]
    [TestCase(OverlapPolicy.Queue, true, true, OverlapAnswer.MissBehindWaiting)]
    [TestCase(OverlapPolicy.CancelPrevious, false, false, OverlapAnswer.Start)]
    [TestCase(OverlapPolicy.CancelPrevious, true, false, OverlapAnswer.ReplacePrevious)]
    [TestCase(OverlapPolicy.CancelPrevious, true, true, OverlapAnswer.ReplacePrevious)]
    public void An_occurrence_that_is_due_starts_waits_or_is_missed_as_its_schedule_says(
        OverlapPolicy policy,
        bool isUnfinished,
        bool isOneWaiting,
        OverlapAnswer expected
    ) => Assert.That(OverlapRule.Decide(policy, isUnfinished, isOneWaiting), Is.EqualTo(expected));
}
