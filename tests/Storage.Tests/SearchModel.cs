using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

/// <summary>
/// A model of a store under random changes: the jobs that the store should hold, and the results that a search should
/// have.
/// </summary>
internal sealed class SearchModel(int seed)
{
    private static readonly JobState[] _ends =
    [
        JobState.Succeeded,
        JobState.Succeeded,
        JobState.Failed,
        JobState.Cancelled,
        JobState.Expired,
    ];
    private static readonly AttemptOutcome[] _outcomes =
    [
        AttemptOutcome.Succeeded,
        AttemptOutcome.Failed,
        AttemptOutcome.Lost,
        AttemptOutcome.Rejected,
    ];

    private readonly Random _chance = new(seed);
    private TimeSpan _now;

    /// <summary>Every job that the store should hold.</summary>
    public Dictionary<JobId, Job> Jobs { get; } = [];

    /// <summary>
    /// Jobs whose attempts count in the sums. Pruned jobs count too, as long as the sums of their minute are stored.
    /// </summary>
    public List<Job> Counted { get; } = [];

    public DateTimeOffset Now => Given.Noon + _now;

    public int Next(int max) => _chance.Next(max);

    public bool Chance(double share) => _chance.NextDouble() < share;

    /// <summary>Makes random changes of some jobs, as Core might.</summary>
    public List<Change> Change(int count)
    {
        var changes = new List<Change>();
        for (var i = 0; i < count; i++)
        {
            _now += TimeSpan.FromMilliseconds(_chance.Next(4_000));
            var open = Jobs.Values.Where(job => !job.IsFinished).ToList();
            changes.Add(open.Count < 5 || Chance(0.4) ? Add() : Step(open[_chance.Next(open.Count)]));
        }

        return changes;
    }

    /// <summary>Removes jobs that ended before the beginning of the minute that lies this far back.</summary>
    public DateTimeOffset Prune(TimeSpan back)
    {
        var before = new DateTimeOffset(
            (Now - back).UtcTicks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute,
            TimeSpan.Zero
        );
        foreach (var gone in Jobs.Values.Where(job => job.FinishedAt < before).ToList())
        {
            Jobs.Remove(gone.Id);
        }

        Counted.RemoveAll(job => job.FinishedAt < before);
        return before;
    }

    public JobSearch RandomSearch() =>
        new()
        {
            Namespace = Chance(0.9) ? "default" : "other",
            Limit = 1 + Next(9),
            Now = Now,
            State = Chance(0.4) ? (JobState)Next(7) : null,
            States = Chance(0.2) ? Enumerable.Range(0, 1 + Next(3)).Select(_ => (JobState)Next(7)).ToHashSet() : null,
            Method = Chance(0.3) ? $"m{Next(4)}" : null,
            Handler = Chance(0.2) ? $"h{Next(3)}" : null,
            Group = Chance(0.1) ? $"g{Next(2)}" : null,
            Tag = Chance(0.2) ? $"t{Next(3)}" : null,
            Schedule = Chance(0.1) ? $"s{Next(2)}" : null,
            From = Chance(0.2) ? Given.Noon + (_now * _chance.NextDouble()) : null,
            To = Chance(0.2) ? Given.Noon + (_now * _chance.NextDouble()) : null,
            Text = Chance(0.1) ? $"M{Next(4)}" : null,
            RunsAfter = Chance(0.1) ? AnyId() : null,
            Replays = Chance(0.1),
        };

    public FinishedSearch RandomFinishedSearch() =>
        new()
        {
            Namespace = Chance(0.9) ? "default" : "other",
            Limit = 1 + Next(9),
            NewestFirst = Chance(0.5),
            From = Given.Noon + (_now * _chance.NextDouble() * 0.5),
            To = Given.Noon + (_now * (0.5 + (_chance.NextDouble() * 0.5))),
            Method = Chance(0.3) ? $"m{Next(4)}" : null,
            Handler = Chance(0.3) ? $"h{Next(3)}" : null,
            Schedule = Chance(0.2) ? $"s{Next(2)}" : null,
            Outcomes = Chance(0.3)
                ? Enumerable.Range(0, 1 + Next(2)).Select(_ => _outcomes[Next(_outcomes.Length)]).ToHashSet()
                : null,
        };

    /// <summary>Whether a job fits a search, by the plain meaning of the search.</summary>
    public static bool Fits(Job job, JobSearch search) =>
        job.Namespace == search.Namespace
        && (search.State is not { } state || job.StateAt(search.Now) == state)
        && search.States?.Contains(job.StateAt(search.Now)) != false
        && (search.Method is null || job.Spec.Method == search.Method)
        && (
            search.Handler is null
            || job.Spec.Handler == search.Handler
            || Attempts(job).Any(attempt => attempt.Handler == search.Handler)
        )
        && (search.Group is null || job.Spec.Group == search.Group)
        && (search.Tag is null || job.Spec.Tags?.Contains(search.Tag) == true)
        && (search.Schedule is null || job.Occurrence?.Schedule == search.Schedule)
        && (!search.Replays || job.ReplayOf is not null)
        && (search.RunsAfter is not { } awaited || job.Chain?.After.Contains(awaited) == true)
        && (search.From is null || job.EnqueuedAt >= search.From)
        && (search.To is null || job.EnqueuedAt < search.To)
        && (
            search.Text is null
            || job.Spec.Method.Contains(search.Text, StringComparison.OrdinalIgnoreCase)
            || job.Id.ToString().Contains(search.Text, StringComparison.OrdinalIgnoreCase)
        );

    public static bool Fits(Job job, FinishedSearch search) =>
        job.IsFinished
        && job.Namespace == search.Namespace
        && job.FinishedAt >= search.From
        && job.FinishedAt < search.To
        && (search.Method is null || job.Spec.Method == search.Method)
        && (search.Schedule is null || job.Occurrence?.Schedule == search.Schedule)
        && ((search.Handler is null && search.Outcomes is null) || job.Ended?.Any(search.HasAttempt) == true);

    /// <summary>The sums over all counted jobs, added up one by one.</summary>
    public ExecutionSums Sum(string ns)
    {
        var sums = new ExecutionSums();
        foreach (var job in Counted.Where(job => job.Namespace == ns))
        {
            sums.Add(job, 1);
        }

        return sums;
    }

    private static IEnumerable<Attempt> Attempts(Job job) =>
        job.Current is { } current ? [.. job.Ended ?? [], current] : job.Ended ?? [];

    private Change.JobAdded Add()
    {
        // One job in ten has the id of a nominal instant long before, like an occurrence that was caught up.
        var isCaughtUp = Chance(0.1);
        var job = Given.Job(
            _now - (isCaughtUp ? TimeSpan.FromMinutes(_chance.Next(600)) : TimeSpan.Zero),
            Chance(0.9) ? "default" : "other",
            new JobSpec
            {
                Method = $"m{Next(4)}",
                Handler = Chance(0.2) ? $"h{Next(3)}" : null,
                Group = Chance(0.2) ? $"g{Next(2)}" : null,
                Tags = Chance(0.4) ? [.. Enumerable.Range(0, 1 + Next(3)).Select(i => $"t{i}")] : null,
            }
        ) with
        {
            EnqueuedAt = Now,
            RunAt = Now + TimeSpan.FromSeconds(Next(60)),
            State = Chance(0.3) ? JobState.Scheduled : JobState.Ready,
            Chain = !isCaughtUp && Jobs.Count > 0 && Chance(0.4) ? RandomChain() : null,
            ReplayOf = Jobs.Count > 0 && Chance(0.2) ? AnyId() : null,
            Occurrence = isCaughtUp ? new Occurrence(new ScheduleId(Guid.NewGuid()), $"s{Next(2)}", 1, Now) : null,
        };
        Jobs[job.Id] = job;
        return job.Added();
    }

    private Chain RandomChain()
    {
        JobId[] after = [.. Enumerable.Range(0, 1 + Next(3)).Select(_ => AnyId()).Distinct()];
        return new Chain(after, AfterFailure.Run, []);
    }

    // The ids of the newest jobs, so that several jobs run after the same one.
    private JobId AnyId() => Jobs.Keys.Order().TakeLast(12).ElementAt(Next(Math.Min(12, Jobs.Count)));

    private Change Step(Job job)
    {
        if (job.Current is null && Chance(0.6))
        {
            var attempt = Given.Attempt(job.Token + 1, $"h{Next(3)}") with { AssignedAt = Now };
            Jobs[job.Id] = job with
            {
                State = JobState.Running,
                Current = attempt,
                Token = attempt.Token,
                AttemptsUsed = job.AttemptsUsed + 1,
            };
            return new Change.JobAssigned(job.Id, attempt, job.AttemptsUsed + 1);
        }

        var ended = job.Current is { } current
            ? (List<Attempt>)
                [.. job.Ended ?? [], current with { FinishedAt = Now, Outcome = _outcomes[Next(_outcomes.Length)] }]
            : [.. job.Ended ?? []];
        if (Chance(0.3))
        {
            var waiting = job with
            {
                State = Chance(0.5) ? JobState.Scheduled : JobState.Ready,
                RunAt = Now.AddSeconds(5),
                Current = null,
                Ended = ended,
            };
            Jobs[job.Id] = waiting;
            return new Change.JobChanged(waiting);
        }

        var over = job with { State = _ends[Next(_ends.Length)], FinishedAt = Now, Current = null, Ended = ended };
        Jobs[job.Id] = over;
        Counted.Add(over);
        return over.Finished();
    }
}
