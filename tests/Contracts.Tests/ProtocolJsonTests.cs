using System.Text;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Tests;

public sealed class ProtocolJsonTests
{
    private static readonly AttemptId Attempt = new(new JobId(Guid.Parse("0198c1a2-7f00-7abc-8def-0123456789ab")), 3);

    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private static IEnumerable<TestCaseData> Messages()
    {
        yield return Case(
            new Hello
            {
                Protocol = 1,
                Handler = "office-7",
                Instance = "i1",
                Methods =
                [
                    new OfferedMethod
                    {
                        Name = "m",
                        Description = "d",
                        ParamsSchema = RawJson.Parse("""{"type":"object"}"""),
                        MaxConcurrent = 2,
                    },
                ],
                Capacity = 4,
                Groups = ["gpu"],
                Labels = new Dictionary<string, string> { ["os"] = "linux" },
                Resume = [new ResumedAttempt(Attempt, 3)],
                Agent = "dotnet/1.0.0",
                ApiKey = "szk_x",
                Proof = new HelloProof("k", "n", 7, "s"),
            }
        );
        yield return Case(new Heartbeat(3, [Attempt]));
        yield return Case(
            new Report([
                new ReportEvent
                {
                    Type = ReportEventTypes.Progress,
                    AttemptId = Attempt,
                    Percent = 12.5,
                    Message = "half",
                },
                new ReportEvent
                {
                    Type = ReportEventTypes.Log,
                    AttemptId = Attempt,
                    Level = "information",
                    Message = "ü",
                    At = Noon,
                },
                new ReportEvent
                {
                    Type = ReportEventTypes.Succeeded,
                    AttemptId = Attempt,
                    FencingToken = 3,
                    Result = RawJson.Parse("[1, 2]"),
                },
                new ReportEvent { Type = ReportEventTypes.Pong, Nonce = "n" },
            ])
        );
        yield return Case(new Bye("stopping"));
        yield return Case(
            new Welcome
            {
                SessionId = "s",
                Namespace = "default",
                HeartbeatSeconds = 5,
                LeaseSeconds = 30,
                Resumed = [Attempt],
                Abandoned = [],
                Methods = ["m"],
                MaxParamsBytes = 1,
                MaxResultBytes = 2,
                ServerTime = Noon,
                Generation = 8,
            }
        );
        yield return Case(new Refused(ErrorCodes.Forbidden, "no"));
        yield return Case(
            new Assign([
                new AssignedAttempt
                {
                    AttemptId = Attempt,
                    JobId = Attempt.Job,
                    Method = "m",
                    Params = RawJson.Parse("""{ "month": "2026-10" }"""),
                    Attempt = 2,
                    MaxAttempts = 3,
                    FencingToken = 3,
                    LeaseSeconds = 30,
                    TimeoutSeconds = 0.5,
                    Traceparent = "00-0-0-01",
                    Tags = ["t"],
                    Schedule = new AssignedSchedule("nightly", Noon),
                    Batch = new CompletedBatch(new BatchId(Attempt.Job.Value), 1, 1, 0, 0, 0),
                    EnqueuedAt = Noon,
                },
            ])
        );
        yield return Case(new Cancel([new CancelledAttempt(Attempt, "cancelled", 10)]));
        yield return Case(new Ack([new AcknowledgedAttempt(Attempt, "accepted")]));
        yield return Case(new Probe("n"));
        yield return Case(new Drain("stopping", 1.5));
        yield return Case(new Close(ErrorCodes.Revoked, "key"));
        yield return Case(new Hold("broker away"));
        yield return Case(new Greet("broker back"));
        yield return Case(new BridgeHello("b", "1.0.0", 1, "k", "n"));
        yield return Case(new BridgeChallenge("n", "p"));
        yield return Case(new BridgeProof("p"));
        yield return Case(new BridgeWelcome("e"));
        yield return Case(new Open("10.0.0.1", "szk_x", "ua"));
        yield return Case(new Closed("gone"));
        yield return Case(new Beat());
        yield return Case(new Challenge("k"));
        yield return Case(new Enrol("t", "key", "tp", "p", "office-7"));
        yield return Case(new Rotate("k", "n", 7, "key", "p", "np"));
        yield return Case(new Nonce("n", "b"));
        yield return Case(
            new Enrolled
            {
                KeyId = "k",
                BrokerId = "b",
                Namespace = "default",
                Handler = "office-7",
                Generation = 9_007_199_254_740_991,
                Methods = ["m.*"],
                Groups = ["g"],
                Proof = "p",
            }
        );
        yield return Case(new Rotated("k", 8, Noon));
        yield return Case(
            new Ran
            {
                Copy = new KeptCopy("s", "g"),
                Runs =
                [
                    new OfflineRun
                    {
                        Nominal = Noon,
                        Outcome = OfflineOutcomes.Running,
                        Attempts = 1,
                    },
                    new OfflineRun
                    {
                        Nominal = Noon.AddSeconds(1),
                        Outcome = OfflineOutcomes.Succeeded,
                        Attempts = 2,
                        StartedAt = Noon,
                        FinishedAt = Noon.AddSeconds(2),
                        Result = RawJson.Parse("[1]"),
                        Log = [new OfflineLogLine(1, Noon, "warning", "slow")],
                    },
                    new OfflineRun
                    {
                        Nominal = Noon.AddSeconds(2),
                        Outcome = OfflineOutcomes.Missed,
                        Reason = "no room",
                    },
                ],
                Last = true,
            }
        );
        yield return Case(
            new Keep
            {
                Key = new AuditKey("k", "x", "y"),
                Copies = [new KeptCopy("s", "g")],
                Only = [Guid.Empty],
            }
        );
        yield return Case(new Taken(Guid.Empty, [Noon], "not yours"));

        static TestCaseData Case<T>(T message)
            where T : class, IMessage<T> =>
            new TestCaseData(
                (Func<string, (bool, string, string?)>)(extra => RoundTrip(message, extra))
            ).SetArgDisplayNames(T.MessageKind.ToString());
    }

    [TestCaseSource(nameof(Messages))]
    public void Every_message_survives_the_wire(Func<string, (bool, string, string?)> roundTrip)
    {
        var (same, json, problem) = roundTrip("");
        Assert.That(same, Is.True, $"{json} {problem}");
    }

    [TestCaseSource(nameof(Messages))]
    public void A_reader_ignores_fields_that_it_does_not_know(Func<string, (bool, string, string?)> roundTrip)
    {
        var (same, json, problem) = roundTrip("""{"aFieldOfTomorrow":{"deep":[1,{"x":null}]}""");
        Assert.That(same, Is.True, $"{json} {problem}");
    }

    [Test]
    public void Every_kind_of_message_but_a_pack_has_a_body_that_is_tested()
    {
        var tested = Messages().Select(message => message.ArgDisplayNames![0]);
        Assert.That(tested.Append(nameof(MessageKind.Pack)), Is.EquivalentTo(Enum.GetNames<MessageKind>()));
    }

    [Test]
    public void A_body_is_read_by_the_kind_that_its_header_names()
    {
        Assert.That(
            ProtocolJson.TryRead(MessageKind.Bye, """{"reason":"enough"}"""u8, out var message, out var problem),
            Is.True,
            problem
        );
        Assert.That(message, Is.EqualTo(new Bye("enough")));
        Assert.That(message!.Kind, Is.EqualTo(MessageKind.Bye));
    }

    [Test]
    public void A_pack_is_not_read_as_json() =>
        Assert.That(
            () => ProtocolJson.TryRead(MessageKind.Pack, "{}"u8, out _, out _),
            Throws.TypeOf<ArgumentOutOfRangeException>()
        );

    [TestCase("""{"type":"t","message":"m"}""", true)]
    [TestCase("""{"type":"t","message":"m","retryable":true}""", true)]
    [TestCase("""{"type":"t","message":"m","retryable":false}""", false)]
    public void An_error_is_retryable_unless_it_says_otherwise(string error, bool retryable)
    {
        var json = $$"""{"events":[{"type":"failed","attemptId":"{{Attempt}}","fencingToken":3,"error":{{error}}}]}""";
        Assert.That(
            ProtocolJson.TryRead<Report>(Encoding.UTF8.GetBytes(json), out var report, out var problem),
            Is.True,
            problem
        );
        Assert.That(report!.Events[0].Error!.Retryable, Is.EqualTo(retryable));
    }

    [Test]
    public void Not_retryable_is_written_and_read_back()
    {
        var error = new AttemptError
        {
            Type = "t",
            Message = "m",
            Retryable = false,
        };
        var body = ProtocolJson.Write(
            new Report([
                new ReportEvent
                {
                    Type = "failed",
                    AttemptId = Attempt,
                    Error = error,
                },
            ])
        );
        Assert.That(Encoding.UTF8.GetString(body), Does.Contain("\"retryable\":false"));
        Assert.That(ProtocolJson.TryRead<Report>(body, out var report, out _), Is.True);
        Assert.That(report!.Events[0].Error, Is.EqualTo(error));
    }

    [Test]
    public void Json_is_camel_case_and_leaves_out_what_is_not_set()
    {
        var body = ProtocolJson.Write(new Report([new ReportEvent { Type = "started", AttemptId = Attempt }]));
        Assert.That(
            Encoding.UTF8.GetString(body),
            Is.EqualTo($$"""{"events":[{"type":"started","attemptId":"{{Attempt}}"}]}""")
        );
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("7")]
    [TestCase("[]")]
    [TestCase("{")]
    [TestCase("{}")]
    [TestCase("""{"capacity":1}""")]
    [TestCase("""{"capacity":1,"running":null}""")]
    [TestCase("""{"capacity":"1","running":[]}""")]
    [TestCase("""{"capacity":1.5,"running":[]}""")]
    [TestCase("""{"capacity":99999999999,"running":[]}""")]
    [TestCase("""{"capacity":1,"running":["x"]}""")]
    [TestCase("""{"capacity":1,"running":[null]}""")]
    [TestCase("""{"capacity":1,"running":{}}""")]
    [TestCase("""{"capacity":1,"running":[]} x""")]
    [TestCase("""{"capacity":1,"running":[],}""")]
    public void A_body_that_does_not_fit_is_refused_with_the_reason(string json)
    {
        Assert.That(
            ProtocolJson.TryRead<Heartbeat>(Encoding.UTF8.GetBytes(json), out var message, out var problem),
            Is.False
        );
        Assert.That(message, Is.Null);
        Assert.That(problem, Is.Not.Null.And.Not.Empty);
    }

    [TestCase("""{"events":[null]}""")]
    [TestCase("""{"events":[{"type":null}]}""")]
    [TestCase("""{"events":[{}]}""")]
    public void A_report_with_holes_is_refused(string json) =>
        Assert.That(ProtocolJson.TryRead<Report>(Encoding.UTF8.GetBytes(json), out _, out _), Is.False);

    [Test]
    public void A_hello_with_holes_in_its_lists_is_refused([Values("methods", "groups", "resume")] string list)
    {
        var lists = string.Join(
            ',',
            new[] { "methods", "groups", "resume" }.Select(name => $"\"{name}\":[{(name == list ? "null" : "")}]")
        );
        var json = $$"""{"protocol":1,"handler":"h","instance":"i","capacity":1,{{lists}}}""";
        Assert.That(ProtocolJson.TryRead<Hello>(Encoding.UTF8.GetBytes(json), out _, out _), Is.False);
    }

    [Test]
    public void Bytes_that_are_no_utf8_are_refused()
    {
        byte[] body = [.. "{\"reason\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        Assert.That(ProtocolJson.TryRead<Bye>(body, out _, out var problem), Is.False);
        Assert.That(problem, Is.Not.Null);
    }

    [Test]
    public void Nesting_beyond_the_bound_is_refused()
    {
        var deep = new string('[', 100) + new string(']', 100);
        var json =
            $$"""{"events":[{"type":"succeeded","attemptId":"{{Attempt}}","fencingToken":1,"result":{{deep}}}]}""";
        Assert.That(ProtocolJson.TryRead<Report>(Encoding.UTF8.GetBytes(json), out _, out _), Is.False);
    }

    private static (bool Same, string Json, string? Problem) RoundTrip<T>(T message, string extra)
        where T : class, IMessage<T>
    {
        var json = Encoding.UTF8.GetString(ProtocolJson.Write(message));
        if (extra.Length > 0)
        {
            json = extra + (json == "{}" ? "}" : "," + json[1..]);
        }

        var read = ProtocolJson.TryRead(message.Kind, Encoding.UTF8.GetBytes(json), out var back, out var problem);
        // Records compare lists by reference; their JSON compares by value.
        var same =
            read
            && back is T
            && Encoding.UTF8.GetString(ProtocolJson.Write(back!))
                == Encoding.UTF8.GetString(ProtocolJson.Write(message));
        return (same, json, problem);
    }

    [Test]
    public void Half_a_surrogate_pair_in_what_a_handler_reports_is_read_as_the_replacement_character()
    {
        const string Body = """
            {"events":[{"type":"log","message":"a\ud83d","level":"information"},{"type":"failed","error":{"type":"\udfff","message":"x","stackTrace":"\ud800\ud83d\ude00"}},
            {"type":"succeeded","result":{"\ud800":"\\ud800 \udc00"}}]}
            """;
        Assert.That(
            ProtocolJson.TryRead<Report>(Encoding.UTF8.GetBytes(Body), out var report, out var problem),
            Is.True,
            problem
        );
        Assert.That(report!.Events[0].Message, Is.EqualTo("a\ufffd"));
        Assert.That(
            (report.Events[1].Error!.Type, report.Events[1].Error!.StackTrace),
            Is.EqualTo(("\ufffd", "\ufffd\ud83d\ude00"))
        );
        Assert.That(report.Events[2].Result.ToString(), Is.EqualTo("""{"\ufffd":"\\ud800 \ufffd"}"""));
    }

    [Test]
    public void A_schema_is_left_as_it_was_published()
    {
        const string Schema = """{"enum":["\ud800"]}""";
        const string Body =
            $$"""{"protocol":1,"handler":"h","instance":"i","capacity":1,"methods":[{"name":"m","paramsSchema":{{Schema}}}]}""";
        Assert.That(
            ProtocolJson.TryRead<Hello>(Encoding.UTF8.GetBytes(Body), out var hello, out var problem),
            Is.True,
            problem
        );
        Assert.That(hello!.Methods[0].ParamsSchema.ToString(), Is.EqualTo(Schema));
    }

    [Test]
    public void What_is_not_utf8_is_no_body()
    {
        byte[] body = [.. "{\"events\":[{\"type\":\"succeeded\",\"result\":\""u8, 0xed, 0xa0, 0x80, .. "\"}]}"u8];
        Assert.That(ProtocolJson.TryRead<Report>(body, out _, out var problem), Is.False);
        Assert.That(problem, Does.Contain("UTF-8"));
    }

    [TestCase("""{"params":null}""", "null")]
    [TestCase("""{}""", "nothing")]
    public void Params_of_null_are_a_value(string given, string expected)
    {
        var json =
            $$"""{"attempts":[{"attemptId":"{{Attempt}}","jobId":"{{Attempt.Job}}","method":"m","attempt":1,"maxAttempts":1,"fencingToken":1,"leaseSeconds":1,"timeoutSeconds":1,"enqueuedAt":"2026-01-02T12:00:00Z",{{given[1..]}}]}""";
        json = json.Replace(",}", "}", StringComparison.Ordinal);
        Assert.That(
            ProtocolJson.TryRead<Assign>(Encoding.UTF8.GetBytes(json), out var assign, out var problem),
            Is.True,
            problem
        );
        var read = assign!.Attempts[0].Params;
        Assert.That(read.IsEmpty ? "nothing" : read.ToString(), Is.EqualTo(expected));
        Assert.That(
            Encoding.UTF8.GetString(ProtocolJson.Write(assign)).Contains("\"params\":null", StringComparison.Ordinal),
            Is.EqualTo(expected == "null")
        );
    }

    [Test]
    public void A_nonce_is_read_with_and_without_the_half_of_a_handshake()
    {
        Nonce[] all =
        [
            new Nonce("n", "b"),
            new Nonce("n", "b", new SealAnswer("signature")),
            new Nonce("n", "b", new SealAnswer("signature", "key")),
        ];
        foreach (var nonce in all)
        {
            Assert.That(ProtocolJson.TryRead<Nonce>(ProtocolJson.Write(nonce), out var read, out var problem), problem);
            Assert.That(read, Is.EqualTo(nonce));
        }
    }
}
