using System.Text.Json.Nodes;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Testing.Tests;

/// <summary>The JSON Schema of typed params, from the handler's types to the refusal of a job.</summary>
public sealed class SchemaTests
{
    public enum Paper
    {
        A4,
        Letter,
    }

    public sealed record Page(string Title, string? Note, int Number = 1);

    public sealed record Order(
        string Customer,
        Paper Paper,
        IReadOnlyList<Page> Pages,
        Dictionary<string, int>? Counts
    );

    public sealed class Folder
    {
        public required string Name { get; init; }

        public Folder? Inner { get; init; }

        public IReadOnlyList<Folder> Others { get; init; } = [];
    }

    public sealed record Clock(
        DateTimeOffset At,
        DateTime Local,
        DateOnly Day,
        TimeOnly Hour,
        TimeSpan Length,
        TimeSpan? Pause,
        Guid Id,
        Uri Place,
        Version Version,
        byte[] Bytes,
        decimal Price,
        double Share,
        char Letter,
        RawJson Anything,
        JsonNode? Node
    );

    private static readonly TestCaseData[] Values =
    [
        new TestCaseData(new Order("ana", Paper.Letter, [new Page("one", null), new Page("two", "x", 2)], null)),
        new TestCaseData(
            new Folder
            {
                Name = "a",
                Inner = new Folder { Name = "b", Others = [new Folder { Name = "c" }] },
            }
        ),
        new TestCaseData(
            new Clock(
                new DateTimeOffset(2026, 10, 1, 2, 0, 0, TimeSpan.FromHours(2)),
                new DateTime(2026, 10, 1, 2, 0, 0, DateTimeKind.Unspecified),
                new DateOnly(2026, 10, 1),
                new TimeOnly(2, 30),
                TimeSpan.FromSeconds(1.5),
                null,
                Guid.Empty,
                new Uri("reports/1", UriKind.Relative),
                new Version(1, 2),
                [1, 2],
                1.5m,
                0.5,
                'x',
                RawJson.Parse("[1]"),
                null
            )
        ),
        new TestCaseData(new List<Page> { new("one", null) }),
        new TestCaseData("text"),
        new TestCaseData(7),
    ];

    [TestCaseSource(nameof(Values))]
    public async Task The_broker_uses_the_schema_of_a_type_and_takes_what_the_type_writes<T>(T value)
        where T : notnull
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await simulation.AddHandlerAsync(
            "office-7",
            agent => agent.Handle<T, T>("echo", (parameters, _) => Task.FromResult(parameters))
        );
        var method = (await simulation.Client.Handlers.MethodsAsync()).Items.Single();
        Assert.That(method.ParamsSchema.IsEmpty, Is.False);
        Assert.That(method.ParamsSchemaProblem, Is.Null, method.ParamsSchema.ToString());

        var job = await simulation.Client.Jobs.EnqueueAsync("echo", value);
        var ended = await simulation.WaitForEndAsync(job.Id);
        await simulation.AssertSucceededAsync(job.Id);
        Assert.That(ended.Result, Is.EqualTo(RawJson.From(value)));
    }

    [TestCase("""{"paper":"a4","pages":[],"counts":null}""", "customer")]
    [TestCase("""{"customer":null,"paper":"a4","pages":[],"counts":null}""", "customer")]
    [TestCase("""{"customer":"ana","paper":"a5","pages":[],"counts":null}""", "paper")]
    [TestCase("""{"customer":"ana","paper":"a4","pages":[{"note":null}],"counts":null}""", "title")]
    [TestCase("null", "params")]
    public async Task A_job_whose_params_do_not_fit_is_refused_when_it_is_made_with_the_field_s_name(
        string parameters,
        string field
    )
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await simulation.AddHandlerAsync(
            "office-7",
            agent => agent.Handle<Order>("print", (_, _) => Task.CompletedTask)
        );
        Assert.That(
            () =>
                simulation.Client.Jobs.EnqueueAsync(
                    new JobRequest { Method = "print", Params = RawJson.Parse(parameters) }
                ),
            Throws
                .TypeOf<ScheduleZeroException>()
                .With.Property(nameof(ScheduleZeroException.Code))
                .EqualTo(ErrorCodes.Invalid)
                .And.Message.Contains(field)
        );
    }

    [Test]
    public async Task A_method_that_publishes_no_schema_gets_such_jobs_and_fails_them_for_good_with_the_field_s_name()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<Page>("print", (_, _) => Task.CompletedTask, method => method.PublishParamsSchema = false)
        );
        Assert.That((await simulation.Client.Handlers.MethodsAsync()).Items.Single().ParamsSchema.IsEmpty, Is.True);

        var job = await simulation.Client.Jobs.EnqueueAsync("print", new { note = "x" });
        var ended = await simulation.WaitForEndAsync(job.Id);
        Assert.That(
            (ended.State, ended.Attempts, ended.Error!.Type),
            Is.EqualTo((JobState.Failed, 1, "invalid_params"))
        );
        Assert.That(ended.Error.Message, Does.Contain("title"));
    }
}
