using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Core.Tests.Timing;

public sealed class TimerHeapTests
{
    private sealed class Alarm : Timed;

    [Test]
    public void Two_heaps_agree_with_a_sorted_list_over_random_moves([Range(1, 20)] int seed)
    {
        var chance = new Random(seed);
        TimerHeap[] heaps = [new(), new()];
        var alarms = Enumerable.Range(0, 60).Select(_ => new Alarm()).ToArray();
        var model = new Dictionary<Alarm, (int Heap, long Due)>();
        for (var step = 0; step < 3_000; step++)
        {
            var alarm = alarms[chance.Next(alarms.Length)];
            var heap = chance.Next(2);
            switch (chance.Next(4))
            {
                case 0:
                    TimerHeap.Clear(alarm);
                    model.Remove(alarm);
                    break;
                case 1:
                    var now = chance.Next(100);
                    var first = model
                        .Where(entry => entry.Value.Heap == heap)
                        .Select(entry => (long?)entry.Value.Due)
                        .Min();
                    Assert.That(heaps[heap].TryTake(now, out var taken), Is.EqualTo(first <= now));
                    if (first <= now)
                    {
                        Assert.That(model[(Alarm)taken], Is.EqualTo((heap, first!.Value)));
                        model.Remove((Alarm)taken);
                    }

                    break;
                default:
                    var due = chance.Next(100);
                    heaps[heap].Set(alarm, due);
                    model[alarm] = (heap, due);
                    break;
            }

            for (var i = 0; i < heaps.Length; i++)
            {
                var waiting = model.Values.Where(entry => entry.Heap == i).ToList();
                Assert.That(heaps[i].Count, Is.EqualTo(waiting.Count));
                Assert.That(
                    heaps[i].NextDue,
                    Is.EqualTo(waiting.Count == 0 ? null : (long?)waiting.Min(entry => entry.Due))
                );
            }
        }
    }

    [Test]
    public void Timers_come_out_in_order_of_their_instants()
    {
        var chance = new Random(5);
        var heap = new TimerHeap();
        var dues = Enumerable.Range(0, 500).Select(_ => (long)chance.Next(1_000)).ToList();
        dues.ForEach(due => heap.Set(new Alarm(), due));
        var taken = new List<long>();
        while (heap.NextDue is { } due && heap.TryTake(long.MaxValue, out _))
        {
            taken.Add(due);
        }

        Assert.That(taken, Is.EqualTo(dues.Order()));
    }

    [Test]
    public void Clearing_an_unarmed_timer_is_nothing() =>
        Assert.That(() => TimerHeap.Clear(new Alarm()), Throws.Nothing);
}
