using System.Diagnostics;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.EndToEnd.Tests.Agents;

namespace ScheduleZero.EndToEnd.Tests.Faults;

/// <summary>Each broken promise must be found: a checker that finds nothing proves nothing.</summary>
public sealed class HistoryCheckerTests
{
    private static readonly JobId Job = new(Guid.CreateVersion7());
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void A_kept_promise_is_not_complained_about() =>
        Assert.That(Check([Attempt(1, AttemptOutcome.Succeeded)], [Ran(1, 0, 10)]), Is.Empty);

    [Test]
    public void A_lost_job_is_found() =>
        Assert.That(
            HistoryChecker.Check([Job], new History(new Dictionary<JobId, JobView>(), NoAttempts()), [], true),
            Has.Count.EqualTo(1)
        );

    [Test]
    public void A_second_accepted_outcome_is_found() =>
        Assert.That(
            Check(
                [Attempt(1, AttemptOutcome.Succeeded), Attempt(2, AttemptOutcome.Succeeded)],
                [Ran(1, 0, 10), Ran(2, 20, 30)]
            ),
            Has.Some.Contains("2 accepted outcomes")
        );

    [Test]
    public void A_token_that_comes_again_is_found() =>
        Assert.That(
            Check(
                [Attempt(1, AttemptOutcome.Lost), Attempt(2, AttemptOutcome.Succeeded)],
                [Ran(2, 0, 10), Ran(2, 20, 30)]
            ),
            Has.Some.Contains("tokens that do not grow")
        );

    [Test]
    public void Two_executions_at_once_are_found() =>
        Assert.That(
            Check(
                [Attempt(1, AttemptOutcome.Lost), Attempt(2, AttemptOutcome.Succeeded)],
                [Ran(1, 0, 30), Ran(2, 20, 40)]
            ),
            Has.Some.Contains("twice at once")
        );

    [Test]
    public void An_execution_that_outlives_its_lease_is_nobodys_fault() =>
        Assert.That(
            Check(
                [Attempt(1, AttemptOutcome.Lost), Attempt(2, AttemptOutcome.Succeeded)],
                [Ran(1, 0, 40_000), Ran(2, 31_000, 31_010)]
            ),
            Is.Empty
        );

    [Test]
    public void A_success_that_nobody_ran_is_found() =>
        Assert.That(Check([Attempt(1, AttemptOutcome.Succeeded)], []), Has.Some.Contains("no agent ran"));

    [Test]
    public void A_needless_second_run_is_found() =>
        Assert.That(
            Check(
                [Attempt(1, AttemptOutcome.Lost), Attempt(2, AttemptOutcome.Succeeded)],
                [Ran(1, 0, 10), Ran(2, 20, 30)],
                mayRunAgain: false
            ),
            Has.Some.Contains("ran 2 times")
        );

    private static IReadOnlyList<string> Check(AttemptView[] attempts, Execution[] executions, bool mayRunAgain = true)
    {
        var view = new JobView
        {
            Id = Job,
            Namespace = "default",
            State = JobState.Succeeded,
            Attempts = attempts.Length,
            Method = "m",
            EnqueuedAt = Noon,
            RunAt = Noon,
            Retry = new RetryOptions(),
            CreatedBy = "test",
        };
        var history = new History(new Dictionary<JobId, JobView> { [Job] = view }, attempts.ToLookup(_ => Job));
        return HistoryChecker.Check([Job], history, executions, mayRunAgain);
    }

    private static ILookup<JobId, AttemptView> NoAttempts() => Array.Empty<AttemptView>().ToLookup(_ => Job);

    private static AttemptView Attempt(int token, AttemptOutcome outcome) =>
        new()
        {
            AttemptId = new AttemptId(Job, token),
            Number = token,
            Outcome = outcome,
            Handler = "h",
            Session = "s",
            FencingToken = token,
            AssignedAt = Noon.AddSeconds(token),
        };

    private static Execution Ran(int token, int fromMs, int toMs) =>
        new(Job, token, "a", fromMs * Stopwatch.Frequency / 1000, toMs * Stopwatch.Frequency / 1000, IsWhole: true);
}
