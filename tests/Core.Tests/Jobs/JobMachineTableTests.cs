using System.Reflection;
using System.Runtime.CompilerServices;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Jobs;

/// <summary>Compares the table of docs/states.md with the job machine, for every pair of state and event.</summary>
public sealed class JobMachineTableTests
{
    private const int HeldToken = 7;
    private const int EndedToken = 3;

    private static readonly JobId Awaited = new(Guid.Parse("0198c0de-0000-7000-8000-000000000002"));
    private static readonly JobId Other = new(Guid.Parse("0198c0de-0000-7000-8000-000000000003"));
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly List<Row> Table = [.. ReadTable(ThisFile())];
    private static readonly Type[] Events = typeof(JobEvent).GetNestedTypes(BindingFlags.Public);

    /// <param name="State">The state before the event; null when there is no job yet.</param>
    public sealed record Case(
        JobState? State,
        bool Held,
        bool CancelAsked,
        bool Retryable,
        bool AttemptsLeft,
        bool NoneUsed,
        bool Started,
        bool AwaitsIt,
        bool AwaitsOthers,
        bool ItFailed,
        bool ChainBroken,
        bool AwaitsItsBatch,
        bool Due,
        bool AttemptLost
    )
    {
        public bool Fits(string condition) =>
            condition switch
            {
                "always" => true,
                "token held" => Held,
                "cancel asked" => CancelAsked,
                "retryable" => Retryable,
                "attempts left" => AttemptsLeft,
                "none used" => NoneUsed,
                "started" => Started,
                "awaits it" => AwaitsIt,
                "awaits others" => AwaitsOthers,
                "it failed" => ItFailed,
                "chain broken" => ChainBroken,
                "awaits its batch" => AwaitsItsBatch,
                "due" => Due,
                "attempt lost" => AttemptLost,
                "awaiting" => AwaitsIt || AwaitsOthers || AwaitsItsBatch || ChainBroken,
                _ when condition.StartsWith("not ", StringComparison.Ordinal) => !Fits(condition[4..]),
                _ => throw new InvalidOperationException(
                    $"docs/states.md: the condition \"{condition}\" is not known."
                ),
            };
    }

    private sealed record Row(string Event, JobState?[] States, string[] When, string Next, string Outcome)
    {
        public bool IsOtherwise => When is ["otherwise"];
    }

    private static IEnumerable<TestCaseData> Pairs() =>
        from type in Events
        from state in Enum.GetValues<JobState>().Cast<JobState?>().Append(null)
        where state is not null || type == typeof(JobEvent.Enqueued)
        select new TestCaseData(type, state).SetArgDisplayNames(type.Name, StateName(state));

    [TestCaseSource(nameof(Pairs))]
    public void Every_pair_steps_as_the_table_says(Type type, JobState? state)
    {
        var rows = Table.FindAll(row => row.Event == type.Name && row.States.Contains(state));
        Assert.That(rows, Is.Not.Empty, $"docs/states.md has no row for {type.Name} in {StateName(state)}.");
        for (var bits = 0; bits < 8192; bits++)
        {
            var case_ = new Case(
                state,
                (bits & 1) != 0,
                (bits & 2) != 0,
                (bits & 4) != 0,
                (bits & 8) != 0,
                (bits & 16) != 0,
                (bits & 32) != 0,
                (bits & 64) != 0,
                (bits & 128) != 0,
                (bits & 256) != 0,
                (bits & 512) != 0,
                (bits & 1024) != 0,
                (bits & 2048) != 0,
                (bits & 4096) != 0
            );
            var happened = EventFor(type, case_);
            var job = state is null ? null : JobFor(case_);
            var after = job is null
                ? JobMachine.Create((JobEvent.Enqueued)happened, Now)
                : JobMachine.Apply(job, happened, Now);
            Check(RowFor(rows, case_), job, after, case_);
        }
    }

    [TestCase(AttemptOutcome.Lost, true)]
    [TestCase(AttemptOutcome.TimedOut, true)]
    [TestCase(AttemptOutcome.Succeeded, false)]
    [TestCase(AttemptOutcome.Failed, false)]
    [TestCase(AttemptOutcome.Cancelled, false)]
    [TestCase(AttemptOutcome.Rejected, false)]
    [TestCase(AttemptOutcome.Superseded, false)]
    public void Late_result_supersedes_only_an_attempt_that_was_lost_or_timed_out(AttemptOutcome outcome, bool does)
    {
        var error = new AttemptError { Type = "t", Message = "late" };
        var first = AttemptOf(1, 1) with { Outcome = AttemptOutcome.Lost, FinishedAt = Now.AddHours(-1) };
        var job = AnyJob() with { Ended = [first, AttemptOf(2, 2) with { Outcome = outcome }] };

        var after = JobMachine.Apply(job, new JobEvent.ResultCameLate(2, error), Now);

        Assert.That(after is not null, Is.EqualTo(does));
        Assert.That(JobMachine.Apply(job, new JobEvent.ResultCameLate(3, error), Now), Is.Null, "there is no such");
        if (after is not null)
        {
            var superseded = AttemptOf(2, 2) with
            {
                Outcome = AttemptOutcome.Superseded,
                FinishedAt = Now,
                Error = error,
            };
            Assert.That(after.Ended, Is.EqualTo(new[] { first, superseded }), "the other attempt stays as it was");
            Assert.That(after with { Ended = job.Ended }, Is.EqualTo(job), "nothing else has changed");
        }
    }

    [Test]
    public void New_job_is_what_was_asked_for()
    {
        var batch = new BatchId(Guid.Parse("0198c0de-0000-7000-8000-000000000004"));
        var asked = new NewJob(
            Awaited,
            "tenant-a",
            new JobSpec { Method = "m" },
            RawJson.Parse("[1]"),
            Now.AddHours(2),
            "somebody",
            ReplayOf: Other
        )
        {
            Batch = batch,
        };
        var occurrence = new Occurrence(default, "nightly", 4, Now);
        var chain = new Chain([Other], AfterFailure.Run, [Other]);

        var job = JobMachine.Create(new JobEvent.Enqueued(asked, occurrence, chain), Now);

        Assert.That(
            job,
            Is.EqualTo(
                new Job
                {
                    Id = Awaited,
                    Namespace = "tenant-a",
                    Spec = asked.Spec,
                    State = JobState.Scheduled,
                    RunAt = Now.AddHours(2),
                    EnqueuedAt = Now,
                    CreatedBy = "somebody",
                    Occurrence = occurrence,
                    ReplayOf = Other,
                    Chain = chain,
                    Batch = batch,
                    StoredBytes = 3,
                }
            )
        );
    }

    [Test]
    public void The_table_names_only_what_exists()
    {
        Assert.That(Table.Select(row => row.Event).Distinct(), Is.SubsetOf(Events.Select(type => type.Name)));
        Assert.That(Table, Has.Count.GreaterThan(40));
    }

    private static Row RowFor(List<Row> rows, Case case_)
    {
        var fitting = rows.FindAll(row => !row.IsOtherwise && Array.TrueForAll(row.When, case_.Fits));
        if (fitting.Count == 0)
        {
            fitting = rows.FindAll(row => row.IsOtherwise);
        }

        Assert.That(fitting, Has.Count.EqualTo(1), $"docs/states.md must have one row for {case_}.");
        return fitting[0];
    }

    private static void Check(Row row, Job? job, Job? after, Case case_)
    {
        if (row.Next == "ignored")
        {
            Assert.That(after, Is.Null, Which);
            return;
        }

        Assert.That(after, Is.Not.Null, Which);
        Assert.That(after!.State, Is.EqualTo(Enum.Parse<JobState>(row.Next)), Which);
        Assert.That(after.IsFinished, Is.EqualTo(after.FinishedAt is not null));
        Assert.That(after.Current is not null, Is.EqualTo(after.State == JobState.Running));
        Assert.That(after.Token, Is.GreaterThanOrEqualTo(job?.Token ?? 0), "tokens never fall back");
        Assert.That(OutcomeOf(job, after), Is.EqualTo(row.Outcome), Which);

        string Which() => $"{row.Event}, {case_}";
    }

    /// <summary>The outcome that the step gave to an attempt, or changed; "" for none.</summary>
    private static string OutcomeOf(Job? job, Job after)
    {
        var before = job?.Ended ?? [];
        return (after.Ended ?? [])
                .Where((attempt, place) => place >= before.Count || attempt.Outcome != before[place].Outcome)
                .Select(attempt => attempt.Outcome.ToString())
                .LastOrDefault()
            ?? "";
    }

    private static Job JobFor(Case case_)
    {
        var isRunning = case_.State == JobState.Running;
        var used = isRunning || !case_.NoneUsed ? (case_.AttemptsLeft ? 1 : 3) : 0;
        return AnyJob() with
        {
            State = case_.State!.Value,
            Chain = ChainFor(case_),
            Completes = case_.AwaitsItsBatch ? new Completion(default) : null,
            AttemptsUsed = used,
            FinishedAt = case_.State >= JobState.Succeeded ? Now : null,
            Ended =
            [
                AttemptOf(EndedToken, 1) with
                {
                    Outcome = case_.AttemptLost ? AttemptOutcome.Lost : AttemptOutcome.Cancelled,
                },
            ],
            Current = isRunning
                ? AttemptOf(HeldToken, used) with
                {
                    CancelRequestedAt = case_.CancelAsked ? Now : null,
                    StartedAt = case_.Started ? Now : null,
                }
                : null,
        };
    }

    private static Job AnyJob() =>
        new()
        {
            Id = new JobId(Guid.Parse("0198c0de-0000-7000-8000-000000000001")),
            Namespace = "default",
            Spec = new JobSpec { Method = "m", Retry = RetryPolicy.Default with { MaxAttempts = 3 } },
            State = JobState.Scheduled,
            RunAt = Now,
            EnqueuedAt = Now,
            CreatedBy = "test",
            Token = HeldToken,
        };

    private static Chain ChainFor(Case case_) =>
        new(
            [Awaited, Other],
            AfterFailure.Cancel,
            [
                .. case_.AwaitsIt ? [Awaited] : Array.Empty<JobId>(),
                .. case_.AwaitsOthers ? [Other] : Array.Empty<JobId>(),
            ]
        )
        {
            BrokenBy = case_.ChainBroken ? new AwaitedEnd(Other, JobState.Failed) : null,
        };

    private static NewJob AskedFor(Case case_) =>
        new(Other, "default", new JobSpec { Method = "m" }, default, Now.AddTicks(case_.Due ? 0 : 1), "test")
        {
            Completes = case_.AwaitsItsBatch ? default(BatchId) : null,
        };

    private static JobEvent EventFor(Type type, Case case_)
    {
        var constructor = type.GetConstructors().Single();
        var arguments = Array.ConvertAll(
            constructor.GetParameters(),
            parameter =>
                (object?)(
                    parameter.ParameterType switch
                    {
                        var t when t == typeof(int) => type == typeof(JobEvent.ResultCameLate) ? EndedToken
                        : case_.Held ? HeldToken
                        : HeldToken - 1,
                        var t when t == typeof(NewJob) => AskedFor(case_),
                        var t when t == typeof(Occurrence) => null,
                        var t when t == typeof(Chain) => ChainFor(case_),
                        var t when t == typeof(double) => 0.5,
                        var t when t == typeof(TimeSpan) => TimeSpan.FromSeconds(10),
                        var t when t == typeof(JobId) => Awaited,
                        var t when t == typeof(CompletedBatch) => new CompletedBatch(default, 1, 1, 0, 0, 0),
                        var t when t == typeof(JobState) => case_.ItFailed ? JobState.Failed : JobState.Succeeded,
                        var t when t == typeof(DateTimeOffset?) => Now.AddTicks(case_.Due ? 0 : 1),
                        var t when t == typeof(RawJson) => RawJson.Parse("[1]"),
                        var t when t == typeof(string) => "because",
                        var t when t == typeof(JobSpec) => new JobSpec { Method = "m", Priority = 5 },
                        var t when t == typeof(AttemptError) => new AttemptError
                        {
                            Type = "t",
                            Message = "m",
                            Retryable = case_.Retryable,
                        },
                        var t when t == typeof(Attempt) => AttemptOf(HeldToken + 1, 1) with
                        {
                            Outcome = case_.ItFailed ? AttemptOutcome.Failed : AttemptOutcome.Succeeded,
                        },
                        _ => throw new InvalidOperationException(
                            $"{type.Name} has a {parameter.ParameterType.Name} that this test cannot make."
                        ),
                    }
                )
        );
        return (JobEvent)constructor.Invoke(arguments);
    }

    private static Attempt AttemptOf(int token, int number) =>
        new()
        {
            Token = token,
            Number = number,
            Handler = "office-7",
            Instance = "i",
            Session = "s",
            AssignedAt = Now,
        };

    private static IEnumerable<Row> ReadTable(string thisFile)
    {
        var docs = Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "docs", "states.md");
        return File.ReadLines(docs)
            .SkipWhile(line => line != "## Every step")
            .Where(line => line.StartsWith('|'))
            .Skip(2)
            .Select(line => line.Split('|')[1..^1])
            .Select(cells => Array.ConvertAll(cells, cell => cell.Trim()))
            .Select(cells => new Row(
                cells[0],
                Array.ConvertAll(cells[1].Split(", "), StateOf),
                cells[2].Split(" and "),
                cells[3],
                cells[4]
            ));
    }

    private static string StateName(JobState? state) => state?.ToString() ?? "no job";

    private static JobState? StateOf(string name) => name == "no job" ? null : Enum.Parse<JobState>(name);

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
