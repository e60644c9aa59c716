using System.Reflection;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Core.Tests;

/// <summary>The Core knows who asked each kind of question to the store.</summary>
public sealed class OccurrenceQuestionTests
{
    private static readonly OccurrenceQuestion[] Samples =
    [
        new OccurrenceQuestion.OfBackfill("default", "none", new BackfillPortion()),
        new OccurrenceQuestion.OfClockSetBack("default", "none", new DoubtfulInstants(new HashSet<JobId>())),
        new OccurrenceQuestion.OfOfflineRuns(new BrokerInput.RanSaid(1, null, default, [], Last: true)),
    ];

    [Test]
    public void Each_kind_of_question_has_a_sample()
    {
        var kinds = typeof(OccurrenceQuestion)
            .GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic)
            .Where(type => type.IsSubclassOf(typeof(OccurrenceQuestion)));
        Assert.That(Samples.Select(sample => sample.GetType()), Is.EquivalentTo(kinds));
    }

    [TestCaseSource(nameof(Samples))]
    public void An_answer_that_nobody_waits_for_changes_nothing(object question)
    {
        var answer = new BrokerInput.OccurrencesLookedUp((OccurrenceQuestion)question, new HashSet<JobId>());
        var decision = new Stage().Do(answer);
        Assert.That(decision.IsEmpty);
    }
}
