using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

/// <summary>Applies a search to a job in memory, as bulk acts do.</summary>
public sealed class JobSearchTests
{
    [Test]
    public void A_backfilled_job_stands_at_its_nominal_instant_and_another_at_its_enqueue()
    {
        var plain = Given.Job();
        var backfilled = plain with
        {
            Occurrence = new Occurrence(
                new ScheduleId(Guid.CreateVersion7()),
                "nightly",
                1,
                Given.Noon.AddDays(-3),
                OccurrenceOrigin.Backfilled
            ),
        };
        var lately = new JobSearch
        {
            Namespace = "default",
            Limit = 1,
            Now = Given.Noon,
            From = Given.Noon.AddDays(-1),
        };
        Assert.That((lately.Fits(plain), lately.Fits(backfilled)), Is.EqualTo((true, false)));
        var before = lately with { From = null, To = Given.Noon.AddDays(-2) };
        Assert.That((before.Fits(plain), before.Fits(backfilled)), Is.EqualTo((false, true)));
    }

    [Test]
    public void Any_of_several_states_fits_as_of_now()
    {
        var waiting = Given.Job() with { State = JobState.Scheduled, RunAt = Given.Noon };
        var search = new JobSearch
        {
            Namespace = "default",
            Limit = 1,
            Now = Given.Noon,
            States = new HashSet<JobState> { JobState.Ready, JobState.Failed },
        };
        Assert.That(
            (search.Fits(waiting), (search with { Now = Given.Noon.AddHours(-1) }).Fits(waiting)),
            Is.EqualTo((true, false))
        );
    }
}
