using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;

namespace ScheduleZero.Core.Tests.Chance;

/// <summary>Every start of a job under a rate limit, by a clock that nobody sets.</summary>
internal sealed class RateWatch
{
    private readonly Dictionary<(string Namespace, string Key, TimeSpan Period), List<TimeSpan>> _starts = [];
    private TimeSpan _unsureUntil;

    /// <summary>The wall clock was set: what a start of the Broker then remembers of the time before is not known.</summary>
    public void Unsure(TimeSpan now)
    {
        _starts.Clear();
        _unsureUntil = now + TimeSpan.FromMinutes(5);
    }

    public void Check(Stage stage, Decision decision)
    {
        foreach (var assigned in decision.Changes.OfType<Change.JobAssigned>())
        {
            var job = stage.Kept.Find(assigned.Id);
            if (job.Spec.RateLimit is { } rate)
            {
                var starts = StartsOf(job);
                starts.Add(stage.Elapsed);
                var within = starts.Count(start => start > stage.Elapsed - rate.Period);
                Invariants.Require(within <= rate.Limit, $"{within} jobs of {rate} began within its period");
            }
        }
    }

    /// <summary>Whether the limit leaves room, but for the little that tokens may be late.</summary>
    public bool HasToken(Stage stage, Job job) =>
        job.Spec.RateLimit is not { } rate
        || (stage.Elapsed > _unsureUntil && StartsOf(job).Count(start => start > stage.Elapsed - (rate.Period * 65 / 64)) < rate.Limit);

    private List<TimeSpan> StartsOf(Job job)
    {
        var key = (job.Namespace, job.Spec.RateLimit!.Key, job.Spec.RateLimit.Period);
        if (!_starts.TryGetValue(key, out var starts))
        {
            _starts[key] = starts = [];
        }

        return starts;
    }
}
