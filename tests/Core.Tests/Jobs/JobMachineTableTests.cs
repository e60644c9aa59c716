using System.Reflection;
using System.Runtime.CompilerServices;
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

    private static readonly JobId Awaited = new(Guid.Parse("0198c0de-0000-7000-8000-000000000002"));
    private static readonly JobId Other = new(Guid.Parse("0198c0de-0000-7000-8000-000000000003"));
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly List<Row> Table = [.. ReadTable(ThisFile())];
    private static readonly Type[] Events = typeof(JobEvent).GetNestedTypes(BindingFlags.Public);

    public sealed record Case(
        JobState State,
        bool Held,
        bool CancelAsked,
        bool Retryable,
        bool AttemptsLeft,
        bool NoneUsed,
        bool Started,
        bool AwaitsIt,
        bool AwaitsOthers,
        bool ItFailed,
        bool Doomed,
        bool AwaitsItsBatch
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
                "doomed" => Doomed,
                "awaits its batch" => AwaitsItsBatch,
                "awaiting" => AwaitsIt || AwaitsOthers || AwaitsItsBatch || Doomed,
                _ when condition.StartsWith("not ", StringComparison.Ordinal) => !Fits(condition[4..]),
                _ => throw new InvalidOperationException(
                    $"docs/states.md: the condition \"{condition}\" is not known."
                ),
            };
    }

    private sealed record Row(string Event, JobState[] States, string[] When, string Next, string Outcome)
    {
        public bool IsOtherwise => When is ["otherwise"];
    }

    private static IEnumerable<TestCaseData> Pairs() =>
        from type in Events
        from state in Enum.GetValues<JobState>()
        select new TestCaseData(type, state).SetArgDisplayNames(type.Name, state.ToString());

    [TestCaseSource(nameof(Pairs))]
    public void Every_pair_steps_as_the_table_says(Type type, JobState state)
    {
        var rows = Table.FindAll(row => row.Event == type.Name && row.States.Contains(state));
        Assert.That(rows, Is.Not.Empty, $"docs/states.md has no row for {type.Name} in {state}.");
        for (var bits = 0; bits < 2048; bits++)
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
                (bits & 1024) != 0
            );
            var job = JobFor(case_);
            var after = JobMachine.Apply(job, EventFor(type, case_), Now);
            Check(RowFor(rows, case_), job, after, case_);
        }
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

    private static void Check(Row row, Job job, Job? after, Case case_)
    {
        if (row.Next == "ignored")
        {
            Assert.That(after, Is.Null, $"{row.Event}, {case_}");
            return;
        }

        Assert.That(after, Is.Not.Null, $"{row.Event}, {case_}");
        Assert.That(after!.State, Is.EqualTo(Enum.Parse<JobState>(row.Next)), $"{row.Event}, {case_}");
        Assert.That(after.IsFinished, Is.EqualTo(after.FinishedAt is not null));
        Assert.That(after.Current is not null, Is.EqualTo(after.State == JobState.Running));
        Assert.That(after.Token, Is.GreaterThanOrEqualTo(job.Token), "tokens never fall back");
        var ended = (after.Ended?.Count ?? 0) > (job.Ended?.Count ?? 0) ? after.Ended![^1].Outcome.ToString() : "";
        Assert.That(ended, Is.EqualTo(row.Outcome), $"{row.Event}, {case_}");
    }

    private static Job JobFor(Case case_)
    {
        var isRunning = case_.State == JobState.Running;
        var used = isRunning || !case_.NoneUsed ? (case_.AttemptsLeft ? 1 : 3) : 0;
        return new Job
        {
            Id = new JobId(Guid.Parse("0198c0de-0000-7000-8000-000000000001")),
            Namespace = "default",
            Spec = new JobSpec { Method = "m", Retry = RetryPolicy.Default with { MaxAttempts = 3 } },
            State = case_.State,
            RunAt = Now,
            EnqueuedAt = Now,
            CreatedBy = "test",
            Chain = new Chain(
                [Awaited, Other],
                AfterFailure.Cancel,
                [
                    .. case_.AwaitsIt ? [Awaited] : Array.Empty<JobId>(),
                    .. case_.AwaitsOthers ? [Other] : Array.Empty<JobId>(),
                ]
            )
            {
                Doom = case_.Doomed ? new AwaitedEnd(Other, JobState.Failed) : null,
            },
            Completes = case_.AwaitsItsBatch ? new Completion(default) : null,
            Token = HeldToken,
            AttemptsUsed = used,
            FinishedAt = case_.State >= JobState.Succeeded ? Now : null,
            Current = isRunning
                ? AttemptOf(HeldToken, used) with
                {
                    CancelRequestedAt = case_.CancelAsked ? Now : null,
                    StartedAt = case_.Started ? Now : null,
                }
                : null,
        };
    }

    private static JobEvent EventFor(Type type, Case case_)
    {
        var constructor = type.GetConstructors().Single();
        var arguments = Array.ConvertAll(
            constructor.GetParameters(),
            parameter =>
                (object)(
                    parameter.ParameterType switch
                    {
                        var t when t == typeof(int) => case_.Held ? HeldToken : HeldToken - 1,
                        var t when t == typeof(double) => 0.5,
                        var t when t == typeof(JobId) => Awaited,
                        var t when t == typeof(CompletedBatch) => new CompletedBatch(default, null, 1, 1, 0, 0, 0),
                        var t when t == typeof(JobState) => case_.ItFailed ? JobState.Failed : JobState.Succeeded,
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
                Array.ConvertAll(cells[1].Split(", "), Enum.Parse<JobState>),
                cells[2].Split(" and "),
                cells[3],
                cells[4]
            ));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
