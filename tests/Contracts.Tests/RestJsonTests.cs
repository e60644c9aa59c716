using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Contracts.Tests;

public sealed class RestJsonTests
{
    private static readonly JobId Job = new(Guid.Parse("0198c1a2-7f00-7abc-8def-0123456789ab"));

    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private static IEnumerable<TestCaseData> Sparse()
    {
        // Each with as little set as the type allows: what is left out must also be readable.
        yield return Case(new JobRequest { Method = "m" }, RestJson.Default.JobRequest);
        yield return Case(
            new JobView
            {
                Id = Job,
                Namespace = "default",
                State = JobState.Ready,
                Attempts = 0,
                Method = "m",
                EnqueuedAt = Noon,
                RunAt = Noon,
                Retry = new RetryOptions(),
                CreatedBy = "key:x",
            },
            RestJson.Default.JobView
        );
        yield return Case(
            new BatchAnswer([new BatchItem(201, Job, JobState.Ready), new BatchItem(413)]),
            RestJson.Default.BatchAnswer
        );
        var attempt = new AttemptView
        {
            AttemptId = new AttemptId(Job, 1),
            Number = 1,
            Handler = "h",
            Session = "s",
            FencingToken = 1,
            AssignedAt = Noon,
        };
        yield return Case(new Page<AttemptView>([attempt]), RestJson.Default.PageAttemptView);
        yield return Case(
            new Page<ExecutionView>([
                new ExecutionView
                {
                    Attempt = attempt,
                    JobId = Job,
                    Method = "m",
                    DurationSeconds = null,
                },
            ]),
            RestJson.Default.PageExecutionView
        );
        yield return Case(
            new Page<LogLine>([new LogLine(1, 1, Noon, "information", "x")], "c"),
            RestJson.Default.PageLogLine
        );
        yield return Case(
            new Page<OccurrenceView>([new OccurrenceView(Noon, null, null)]),
            RestJson.Default.PageOccurrenceView
        );
        yield return Case(
            new Page<MethodView>([new MethodView("m", null, default, [])]),
            RestJson.Default.PageMethodView
        );
        yield return Case(
            new ScheduleExplanation("s", ScheduleGateCode.Ended, []),
            RestJson.Default.ScheduleExplanation
        );
        yield return Case(new PauseRequest(), RestJson.Default.PauseRequest);
        yield return Case(
            new PreviewRequest(new TriggerRequest { Kind = TriggerKinds.Once, At = Noon }),
            RestJson.Default.PreviewRequest
        );
        yield return Case(
            new PreviewAnswer([new PreviewItem(Noon, "2026-01-02T12:00:00", "+00:00")]),
            RestJson.Default.PreviewAnswer
        );
        yield return Case(new ExecutionStats(TimeSpan.FromDays(1), []), RestJson.Default.ExecutionStats);
        yield return Case(new BrokerEvent("1", "job.ready", "default", "x", Noon), RestJson.Default.BrokerEvent);
        yield return Case(new Problem { Status = 400, Code = "invalid" }, RestJson.Default.Problem);
        yield return Case(new KeyRequest { Kind = KeyKind.Handler, Handler = "h" }, RestJson.Default.KeyRequest);

        static TestCaseData Case<T>(T value, JsonTypeInfo<T> type) =>
            new TestCaseData(() =>
            {
                var json = JsonSerializer.Serialize(value, type);
                return (json, JsonSerializer.Serialize(JsonSerializer.Deserialize(json, type)!, type));
            }).SetArgDisplayNames(
                type.Type.Name + (type.Type.IsGenericType ? type.Type.GenericTypeArguments[0].Name : "")
            );
    }

    [TestCaseSource(nameof(Sparse))]
    public void A_body_with_only_what_it_must_have_survives_the_wire(Func<(string Written, string Again)> roundTrip)
    {
        var (written, again) = roundTrip();
        Assert.That(again, Is.EqualTo(written));
    }

    [Test]
    public void A_job_is_read_as_the_protocol_shows_it()
    {
        var job = JsonSerializer.Deserialize(
            """
            { "method": "reports.render", "params": { "month": "2026-10" }, "handler": null, "group": null, "priority": 0,
              "runAt": null, "startDeadline": null, "timeout": "PT1H",
              "retry": { "maxAttempts": 3, "backoff": "exponential", "firstDelay": "PT1S", "maxDelay": "PT10M", "jitter": 0.2 },
              "deduplicationKey": null, "deduplicationWindow": null, "concurrency": { "key": "db-7", "limit": 1 }, "tags": ["monthly"] }
            """,
            RestJson.Default.JobRequest
        )!;
        Assert.Multiple(() =>
        {
            Assert.That(job.Method, Is.EqualTo("reports.render"));
            Assert.That(job.Params.ToString(), Is.EqualTo("""{ "month": "2026-10" }"""));
            Assert.That(job.Timeout, Is.EqualTo(TimeSpan.FromHours(1)));
            Assert.That(job.Retry!.Backoff, Is.EqualTo(BackoffKind.Exponential));
            Assert.That(job.Retry.MaxDelay, Is.EqualTo(TimeSpan.FromMinutes(10)));
            Assert.That(job.Concurrency, Is.EqualTo(new ConcurrencyOptions("db-7", 1)));
            Assert.That(job.Tags, Is.EqualTo(new[] { "monthly" }));
        });
    }

    [TestCase("{}")]
    [TestCase("""{"method":null}""")]
    [TestCase("""{"method":"m","timeout":"1h"}""")]
    [TestCase("""{"method":"m","timeout":3600}""")]
    [TestCase("""{"method":"m","priority":"1"}""")]
    [TestCase("""{"method":"m","retry":{"backoff":"quadratic"}}""")]
    [TestCase("""{"method":"m","retry":{"backoff":1}}""")]
    [TestCase("""{"method":"m","runAt":"tomorrow"}""")]
    [TestCase("""{"method":"m","concurrency":{}}""")]
    public void A_job_that_does_not_fit_is_refused(string json) =>
        Assert.That(
            () => JsonSerializer.Deserialize(json, RestJson.Default.JobRequest),
            Throws.InstanceOf<JsonException>()
        );

    [Test]
    public void A_preview_without_a_count_asks_for_ten()
    {
        var preview = JsonSerializer.Deserialize(
            """{"trigger":{"kind":"cron","expression":"@daily"}}""",
            RestJson.Default.PreviewRequest
        )!;
        Assert.That(preview.Count, Is.EqualTo(10));
    }
}
