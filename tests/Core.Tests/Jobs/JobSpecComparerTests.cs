using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;

namespace ScheduleZero.Core.Tests.Jobs;

/// <summary>Which specs are equal, so that jobs may share one.</summary>
public sealed class JobSpecComparerTests
{
    private static readonly JobSpec Spec = new()
    {
        Method = "m",
        Tags = ["a", "b"],
        RateLimit = new RateLimit("r", 1, TimeSpan.FromMinutes(1)),
    };

    private static IEnumerable<JobSpec> Others() =>
        [
            Spec with
            {
                Method = "n",
            },
            Spec with
            {
                Handler = "h",
            },
            Spec with
            {
                Group = "g",
            },
            Spec with
            {
                Priority = 1,
            },
            Spec with
            {
                ConcurrencyKey = "k",
            },
            Spec with
            {
                RateLimit = new RateLimit("r", 2, TimeSpan.FromMinutes(1)),
            },
            Spec with
            {
                Retry = RetryPolicy.Default with { MaxAttempts = 7 },
            },
            Spec with
            {
                Tags = null,
            },
            Spec with
            {
                Tags = [],
            },
            Spec with
            {
                Tags = ["a"],
            },
            Spec with
            {
                Tags = ["b", "a"],
            },
            Spec with
            {
                Tags = ["a", "c"],
            },
            Spec with
            {
                Tags = ["a", "b", "c"],
            },
        ];

    [Test]
    public void Specs_of_the_same_contents_are_equal_and_have_the_same_hash()
    {
        var comparer = JobSpecComparer.Instance;
        var same = Spec with { Tags = ["a", "b"], RateLimit = new RateLimit("r", 1, TimeSpan.FromMinutes(1)) };
        Assert.That(comparer.Equals(Spec, same), Is.True);
        Assert.That(comparer.GetHashCode(Spec), Is.EqualTo(comparer.GetHashCode(same)));
        var untagged = Spec with { Tags = null };
        Assert.That(comparer.Equals(untagged, untagged with { Tags = null }), Is.True);
        Assert.That(comparer.GetHashCode(untagged), Is.EqualTo(comparer.GetHashCode(untagged with { Tags = null })));
    }

    [TestCaseSource(nameof(Others))]
    public void Specs_that_differ_in_one_thing_are_not_equal(JobSpec other)
    {
        Assert.That(JobSpecComparer.Instance.Equals(Spec, other), Is.False);
        Assert.That(JobSpecComparer.Instance.Equals(other, Spec), Is.False);
    }

    [Test]
    public void No_spec_equals_no_spec_alone()
    {
        Assert.That(JobSpecComparer.Instance.Equals(null, null), Is.True);
        Assert.That(JobSpecComparer.Instance.Equals(Spec, null), Is.False);
        Assert.That(JobSpecComparer.Instance.Equals(null, Spec), Is.False);
    }
}
