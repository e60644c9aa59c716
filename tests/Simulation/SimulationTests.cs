using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation;

/// <summary>
/// The promises, under all the trouble that a seed draws. SZ_SEED repeats one run; SZ_SEEDS says how many runs to make.
/// </summary>
public sealed class SimulationTests
{
    [Test]
    public void Every_promise_holds_in_every_run()
    {
        var seeds = Seeds.Wanted();
        TestContext.Progress.WriteLine($"{seeds.Count} seeds from {seeds[0]}; replay one with SZ_SEED");
        if (Campaign.FirstFailure(seeds, () => null) is { } failure)
        {
            Assert.Fail(failure.Describe());
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void The_same_seed_comes_to_the_same_end(int seed)
    {
        var first = Campaign.Trace(seed);
        var second = Campaign.Trace(seed);
        Assert.That(first, Has.Count.GreaterThan(100));
        Assert.That(second, Is.EqualTo(first));
    }
}
