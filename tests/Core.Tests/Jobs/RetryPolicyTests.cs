using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Jobs;

public sealed class RetryPolicyTests
{
    [TestCase(BackoffKind.Fixed, 1, 2)]
    [TestCase(BackoffKind.Fixed, 9, 2)]
    [TestCase(BackoffKind.Linear, 1, 2)]
    [TestCase(BackoffKind.Linear, 5, 10)]
    [TestCase(BackoffKind.Exponential, 1, 2)]
    [TestCase(BackoffKind.Exponential, 4, 16)]
    [TestCase(BackoffKind.Exponential, 100, 60)]
    [TestCase(BackoffKind.Linear, 100, 60)]
    public void Delay_grows_by_kind_up_to_its_maximum(BackoffKind kind, int attempt, int seconds)
    {
        var policy = new RetryPolicy(100, kind, TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(1), 0.2);
        Assert.That(policy.DelayAfter(attempt, 0), Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }

    [Test]
    public void Jitter_only_shortens_and_by_no_more_than_its_share()
    {
        var chance = new Random(1);
        for (var i = 0; i < 2_000; i++)
        {
            var policy = new RetryPolicy(
                100,
                (BackoffKind)chance.Next(3),
                TimeSpan.FromSeconds(chance.NextDouble() * 86_400),
                TimeSpan.FromDays(1 + (chance.NextDouble() * 6)),
                chance.NextDouble()
            );
            var attempt = chance.Next(1, 101);
            var longest = policy.DelayAfter(attempt, 0);
            var delay = policy.DelayAfter(attempt, chance.NextDouble());
            Assert.That(longest, Is.LessThanOrEqualTo(policy.MaxDelay));
            Assert.That(delay, Is.InRange((longest * (1 - policy.Jitter)) - TimeSpan.FromMilliseconds(1), longest));
        }
    }

    [Test]
    public void A_first_delay_of_nothing_stays_nothing() =>
        Assert.That(
            new RetryPolicy(100, BackoffKind.Exponential, TimeSpan.Zero, TimeSpan.FromDays(7), 1).DelayAfter(
                100,
                0.999
            ),
            Is.EqualTo(TimeSpan.Zero)
        );

    [Test]
    public void Attempts_are_counted_from_one() =>
        Assert.That(() => RetryPolicy.Default.DelayAfter(0, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
}
