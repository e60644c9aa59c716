using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Agent.Tests;

/// <summary>What typed handlers require of their params, and the schema that they publish of it.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ParamsTests
{
    public sealed record Report(string Month, int Pages, string? Note, int Copies = 1);

    public sealed class Letter
    {
        public required string To { get; init; }

        public string Greeting { get; init; } = "Dear";
    }

    public sealed class Tree
    {
        public IReadOnlyList<Tree?> Children { get; init; } = [];
    }

    public sealed record Twins([property: JsonPropertyName("name")] string First, string Name);

    private static async Task<IReadOnlyList<OfferedMethod>> OfferedAsync(Action<AgentBuilder> offer)
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(offer);
        var connection = await broker.NextConnectionAsync();
        var hello = await connection.NextHelloAsync();
        connection.Answer(Messages.AWelcome());
        return hello.Methods;
    }

    private static async Task<ReportEvent> EndOfAsync(Action<AgentBuilder> offer, string parameters)
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(offer);
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("m", parameters);
        connection.Assign(attempt);
        await connection.NextAsync("started");
        var end = await connection.NextEventAsync();
        connection.Acknowledge(attempt);
        return end;
    }

    [TestCase("""{"pages":1,"note":null}""", "month")]
    [TestCase("""{"month":"2026-10","note":null}""", "pages")]
    [TestCase("""{"month":null,"pages":1,"note":null}""", "month")]
    [TestCase("{}", "month")]
    public async Task A_field_that_a_record_needs_and_a_job_does_not_give_fails_the_attempt_before_the_code_runs(
        string parameters,
        string field
    )
    {
        var runs = 0;
        var end = await EndOfAsync(
            agent =>
                agent.Handle<Report>(
                    "m",
                    (_, _) =>
                    {
                        runs++;
                        return Task.CompletedTask;
                    }
                ),
            parameters
        );
        Assert.That((end.Type, end.Error?.Type, end.Error?.Retryable), Is.EqualTo(("failed", "invalid_params", false)));
        Assert.That(end.Error!.Message, Does.Contain(field));
        Assert.That(runs, Is.Zero);
    }

    [TestCase("""{"greeting":"Hi"}""", "to")]
    [TestCase("""{"to":null}""", "to")]
    [TestCase("""{"to":"ana","greeting":null}""", "greeting")]
    public async Task A_required_or_non_nullable_member_of_a_class_is_insisted_on(string parameters, string field)
    {
        var end = await EndOfAsync(agent => agent.Handle<Letter>("m", (_, _) => Task.CompletedTask), parameters);
        Assert.That((end.Type, end.Error?.Type, end.Error?.Retryable), Is.EqualTo(("failed", "invalid_params", false)));
        Assert.That(end.Error!.Message, Does.Contain(field));
    }

    [Test]
    public async Task Members_with_defaults_and_nullable_ones_may_be_left_out_or_null()
    {
        var end = await EndOfAsync(
            agent => agent.Handle<Report, Report>("m", (report, _) => Task.FromResult(report)),
            """{"month":"2026-10","pages":3,"note":null}"""
        );
        Assert.That(end.Result.To<Report>(), Is.EqualTo(new Report("2026-10", 3, null)));
    }

    [Test]
    public async Task Options_of_the_application_s_own_do_not_make_members_optional()
    {
        var end = await EndOfAsync(
            agent =>
            {
                agent.Services.Configure<HandlerAgentOptions>(options =>
                    options.SerializerOptions = new JsonSerializerOptions()
                );
                agent.Handle<Report>("m", (_, _) => Task.CompletedTask);
            },
            """{"Pages":1,"Note":null}"""
        );
        Assert.That(end.Error!.Message, Does.Contain("Month"));
    }

    [Test]
    public async Task A_result_may_hold_a_null_where_its_type_has_none()
    {
        var end = await EndOfAsync(
            agent => agent.Handle<RawJson, Report>("m", (_, _) => Task.FromResult(new Report(null!, 1, null))),
            "{}"
        );
        Assert.That(end.Type, Is.EqualTo("succeeded"));
    }

    [Test]
    public async Task The_schema_of_typed_params_is_published_with_what_they_need()
    {
        var offered = await OfferedAsync(agent => agent.Handle<Report>("m", (_, _) => Task.CompletedTask));
        var schema = JsonNode.Parse(offered.Single().ParamsSchema.Utf8.Span)!;
        Assert.That(schema["type"]!.ToJsonString(), Is.EqualTo("\"object\""));
        Assert.That(schema["properties"]!["month"]!["type"]!.ToJsonString(), Is.EqualTo("\"string\""));
        Assert.That(schema["properties"]!["note"]!["type"]!.ToJsonString(), Is.EqualTo("""["string","null"]"""));
        Assert.That(schema["required"]!.ToJsonString(), Is.EqualTo("""["month","pages","note"]"""));
    }

    [Test]
    public async Task A_type_that_takes_anything_publishes_no_schema()
    {
        var offered = await OfferedAsync(agent =>
            agent
                .Handle<RawJson>("raw", (_, _) => Task.CompletedTask)
                .Handle<object>("object", (_, _) => Task.CompletedTask)
                .Handle<JsonElement>("element", (_, _) => Task.CompletedTask)
                .Handle<Report>("silent", (_, _) => Task.CompletedTask, method => method.PublishParamsSchema = false)
        );
        Assert.That(offered, Has.Count.EqualTo(4).And.All.Property("ParamsSchema").EqualTo(default(RawJson)));
    }

    [Test]
    public async Task A_schema_of_the_author_s_own_is_published_as_it_is()
    {
        var own = RawJson.Parse("""{"type":"object","minProperties":1}""");
        var offered = await OfferedAsync(agent =>
            agent.Handle<Report>("m", (_, _) => Task.CompletedTask, method => method.ParamsSchema = own)
        );
        Assert.That(offered.Single().ParamsSchema, Is.EqualTo(own));
    }

    [Test]
    public async Task A_type_that_holds_itself_keeps_the_null_of_its_members()
    {
        var offered = await OfferedAsync(agent => agent.Handle<Tree>("m", (_, _) => Task.CompletedTask));
        Assert.That(offered.Single().ParamsSchema.ToString(), Does.Contain("null").And.Contain("\"$ref\":\"#\""));
    }

    [Test]
    public async Task Schemas_that_would_make_a_Hello_too_long_are_left_out()
    {
        var offered = await OfferedAsync(agent =>
        {
            for (var i = 0; i < 1000; i++)
            {
                agent.Handle<Report>($"m{i}", (_, _) => Task.CompletedTask);
            }
        });
        Assert.That(offered[0].ParamsSchema.IsEmpty, Is.False);
        Assert.That(offered[^1].ParamsSchema.IsEmpty, Is.True);
        Assert.That(
            offered.Sum(method => method.ParamsSchema.Utf8.Length),
            Is.InRange(MethodRegistration.WrittenSchemaBytesMax - 1024, MethodRegistration.WrittenSchemaBytesMax)
        );
    }

    [Test]
    public void Params_that_no_schema_can_tell_of_are_refused_at_the_start_with_the_way_out()
    {
        var broker = new FakeBroker();
        Assert.That(
            () => broker.Start(agent => agent.Handle<Twins>("m", (_, _) => Task.CompletedTask)),
            Throws
                .InvalidOperationException.With.Message.Contains("method m")
                .And.Message.Contains("PublishParamsSchema")
        );
    }

    private sealed class Archive(List<string> archived) : IJobHandler<Letter>
    {
        public Task HandleAsync(Letter parameters, JobContext job)
        {
            archived.Add($"{parameters.To} {job.Attempt}");
            return Task.CompletedTask;
        }
    }

    [Test]
    public async Task A_class_may_run_a_method_that_has_no_result()
    {
        var archived = new List<string>();
        var end = await EndOfAsync(
            agent =>
            {
                agent.Services.AddSingleton(archived);
                agent.AddHandler<Archive, Letter>("m");
            },
            """{"to":"ana"}"""
        );
        Assert.That((end.Type, end.Result.IsEmpty), Is.EqualTo(("succeeded", true)));
        Assert.That(archived, Is.EqualTo(new[] { "ana 1" }));
    }
}
