using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Jobs;

public sealed class ReadyQueueTests
{
    [Test]
    public void Random_adds_and_removals_leave_the_best_first([Range(1, 10)] int seed)
    {
        var chance = new Random(seed);
        var queue = new ReadyQueue();
        var model = new List<JobSlot>();
        for (var step = 0; step < 2_000; step++)
        {
            if (model.Count == 0 || chance.Next(5) < 3)
            {
                var slot = Slot(chance.Next(-2, 3), chance.Next(5), step);
                queue.Add(slot);
                model.Add(slot);
            }
            else
            {
                var slot = chance.Next(2) == 0 ? queue.First.Slot : model[chance.Next(model.Count)];
                queue.Remove(slot);
                model.Remove(slot);
                Assert.That(slot.Queue, Is.Null);
            }

            Assert.That(queue.Count, Is.EqualTo(model.Count));
            if (model.Count > 0)
            {
                Assert.That(queue.First.Slot, Is.SameAs(model.MinBy(ReadyOrder.Of)));
            }
        }
    }

    [Test]
    public void Higher_priority_goes_before_an_earlier_time_and_that_before_an_earlier_arrival()
    {
        ReadyOrder[] best =
        [
            new(Priority: 2, RunAt: 9, Arrival: 9),
            new(Priority: 1, RunAt: 3, Arrival: 8),
            new(Priority: 1, RunAt: 4, Arrival: 1),
            new(Priority: 1, RunAt: 4, Arrival: 2),
        ];
        for (var i = 0; i < best.Length; i++)
        {
            for (var j = 0; j < best.Length; j++)
            {
                var (a, b) = (best[i], best[j]);
                Assert.That(a < b, Is.EqualTo(i < j), $"{a} < {b}");
                Assert.That(a > b, Is.EqualTo(i > j), $"{a} > {b}");
                Assert.That(a <= b, Is.EqualTo(i <= j), $"{a} <= {b}");
                Assert.That(a >= b, Is.EqualTo(i >= j), $"{a} >= {b}");
            }
        }
    }

    private static JobSlot Slot(int priority, int runAt, long arrival) =>
        new(
            new Job
            {
                Id = new JobId(Guid.Empty),
                Namespace = "default",
                Spec = new JobSpec { Method = "m", Priority = priority },
                State = JobState.Ready,
                RunAt = Stage.Noon + TimeSpan.FromSeconds(runAt),
                EnqueuedAt = Stage.Noon,
                CreatedBy = "test",
            },
            new NamespaceQuota("default", new BrokerQuota(new CoreOptions()))
        )
        {
            Arrival = arrival,
        };
}
