using System.Runtime.CompilerServices;
using ScheduleZero.Broker.Host.Upkeep;

namespace ScheduleZero.Host.Tests.Upkeep;

public sealed class HeapCompactorTests
{
    [TestCase(true, HeapCompactor.AllocatedMin, HeapCompactor.HeapMax, true)]
    [TestCase(
        false,
        HeapCompactor.AllocatedMin,
        HeapCompactor.HeapMax,
        false,
        Description = "Something was committed lately."
    )]
    [TestCase(
        true,
        HeapCompactor.AllocatedMin - 1,
        HeapCompactor.HeapMax,
        false,
        Description = "There is little to win."
    )]
    [TestCase(
        true,
        HeapCompactor.AllocatedMin,
        HeapCompactor.HeapMax + 1,
        false,
        Description = "The wait would be felt."
    )]
    public void Collects_only_in_the_quiet_after_a_burst(bool wasQuiet, long allocated, long heap, bool expected) =>
        Assert.That(HeapCompactor.IsWorthwhile(wasQuiet, allocated, heap), Is.EqualTo(expected));

    [Test]
    public async Task What_a_start_has_read_is_gone_when_it_goes_on()
    {
        var leftover = Read();
        await HeapCompactor.ReleaseAsync(leftover);
        Assert.That(leftover.IsAlive, Is.False);
    }

    [Test]
    public async Task A_start_does_not_wait_for_what_somebody_holds()
    {
        var held = new byte[100];
        await HeapCompactor.ReleaseAsync(new WeakReference(held));
        Assert.That(held, Has.Length.EqualTo(100));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Read() => new(new byte[100]);
}
