using System.Text;
using System.Text.Json;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Core.Tests.Access;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests.Audit;

public sealed class AuditTests
{
    private static readonly AuditNote Note = new()
    {
        Actor = "key:0123456789ab",
        Method = "api-key",
        Action = "jobs:run",
        Namespace = "default",
    };

    private static BrokerInput.Noted Noted(string reason = "because") =>
        new() { Audit = Note with { Reason = reason } };

    private static List<AuditEvent> EventsOf(Stage stage) =>
        [.. stage.Kept.AuditLines.Select(line => JsonSerializer.Deserialize(line, RestJson.Default.AuditEvent)!)];

    private static AuditVerdict Verify(Stage stage)
    {
        var verifier = new AuditVerifier([], []);
        foreach (var line in stage.Kept.AuditLines)
        {
            verifier.Add(Encoding.UTF8.GetBytes(line));
        }

        return verifier.Finish();
    }

    [Test]
    public void What_agents_do_with_keys_of_their_own_is_noted()
    {
        var stage = new Stage();
        var agent = Enrollee.Enrolled(stage);
        agent.Enrol(EnrolmentToken.Generate(), 901);
        var stolen = agent.Generation;
        agent.Join(1, methods: "m");
        agent.Generation = stolen;
        agent.Connect(2, "thief");
        Assert.That(
            EventsOf(stage)
                .Select(happened => (happened.Actor, happened.Action, happened.Outcome, happened.Reason))
                .Where(happened => happened.Action != "sessions:close"),
            Is.EqualTo(
                new[]
                {
                    ("handler:office-7", "handlers:enrol", "allowed", EventsOf(stage)[0].Reason),
                    ("anonymous", "handlers:enrol", "denied", ErrorCodes.Unauthenticated),
                    ("handler:office-7", "sessions:open", "allowed", null),
                    ("system", "keys:lock", "allowed", "two copies of it are at work"),
                    ("anonymous", "sessions:open", "denied", ErrorCodes.Revoked),
                }
            )
        );
        Assert.That(EventsOf(stage)[0].Reason, Does.EndWith("of user:ana"));
    }

    [Test]
    public void A_report_on_anothers_attempt_is_noted_as_denied()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 5, "m");
        stage.Enqueue("m");
        stage.Join(2, "thief", 5, "other").Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(
            EventsOf(stage)[^1],
            Has.Property("Actor")
                .EqualTo("handler:thief")
                .And.Property("Action")
                .EqualTo("attempts:report")
                .And.Property("Outcome")
                .EqualTo("denied")
        );
    }

    [Test]
    public void An_event_is_one_line_whose_form_is_fixed()
    {
        var stage = new Stage();
        stage.Do(
            new BrokerInput.Noted
            {
                Audit = new AuditNote
                {
                    Actor = "user:ana",
                    Method = "password",
                    Session = "s1",
                    Action = "jobs:run",
                    Object = "job:1",
                    Namespace = "default",
                    Outcome = AuditOutcomes.Denied,
                    Reason = "forbidden",
                    Address = "192.0.2.7",
                    RequestId = "r1",
                },
            }
        );
        Assert.That(
            stage.Kept.AuditLines.Single(),
            Is.EqualTo(
                """
                {"sequence":1,"at":"2026-06-01T12:00:00Z","actor":"user:ana","method":"password","session":"s1","action":"jobs:run","object":"job:1","namespace":"default","outcome":"denied","reason":"forbidden","address":"192.0.2.7","requestId":"r1","hash":"b8f70f4a"}
                """.Trim().Replace("b8f70f4a", EventsOf(stage)[0].Hash, StringComparison.Ordinal)
            )
        );
        var hashed = stage
            .Kept.AuditLines.Single()
            .Replace($",\"hash\":\"{EventsOf(stage)[0].Hash}\"", "", StringComparison.Ordinal);
        byte[] whole = [.. new byte[32], .. Encoding.UTF8.GetBytes(hashed)];
        Assert.That(
            EventsOf(stage)[0].Hash,
            Is.EqualTo(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(whole)))
        );
    }

    [TestCase("line\nbreak \r \u2028 \u0085 \u001b[31m\"},{\"sequence\":7")]
    [TestCase("half a pair \ud83d")]
    [TestCase("\ufffe\u200e\u202e<script>&'")]
    public void Whatever_a_caller_says_stays_within_its_line(string said)
    {
        var stage = new Stage();
        stage.Do(Noted(said), Noted());
        Assert.That(stage.Kept.Audit.Single().Lines, Has.All.InRange((byte)0x20, (byte)0x7e).Or.EqualTo((byte)'\n'));
        Assert.That(EventsOf(stage), Has.Count.EqualTo(2));
        Assert.That(EventsOf(stage)[0].Reason, Is.EqualTo(said.Replace('\ud83d', '\ufffd')));
        Assert.That(Verify(stage).Fault, Is.Null);
    }

    [Test]
    public void Texts_are_cut_so_that_a_line_has_a_bound()
    {
        var stage = new Stage();
        var text = new string('\u0001', 10_000);
        stage.Do(
            new BrokerInput.Noted
            {
                Audit = Note with
                {
                    Actor = text,
                    Method = text,
                    Session = text,
                    Action = text,
                    Object = text,
                    Namespace = text,
                    Reason = text,
                    Address = text,
                    RequestId = text,
                },
            }
        );
        Assert.That(EventsOf(stage).Single().Reason, Has.Length.EqualTo(300));
        Assert.That(EventsOf(stage).Single().Address, Has.Length.EqualTo(64));
        Assert.That(stage.Kept.AuditLines.Single(), Has.Length.LessThan(16 * 1024));
    }

    [Test]
    public void The_chain_goes_on_across_batches_and_a_restart()
    {
        var stage = new Stage();
        for (var batch = 0; batch < 5; batch++)
        {
            stage.Do([.. Enumerable.Range(0, batch * 150).Select(i => Noted($"{batch}.{i}"))]);
            stage.Advance(1);
            if (batch % 2 == 1)
            {
                stage.Restart();
            }
        }

        var verdict = Verify(stage);
        Assert.That(verdict.Fault, Is.Null);
        Assert.That(verdict, Has.Property("Last").EqualTo(1500).And.Property("Start").EqualTo(AuditStart.Beginning));
        Assert.That(stage.Kept.Audit, Has.All.Property("Count").AtMost(AuditBlock.CountMax));
    }

    [Test]
    public void A_clock_that_is_set_back_begins_a_block()
    {
        var stage = new Stage();
        var decision = new Decision(stage.Now, new Random(1));
        stage.Core.Apply(Noted(), decision);
        decision.Now = stage.Now with { Wall = stage.Wall.AddHours(-1) };
        stage.Core.Apply(Noted(), decision);
        stage.Core.Close(decision);
        decision.Changes.ForEach(stage.Kept.Apply);
        Assert.That(stage.Kept.Audit, Has.Count.EqualTo(2));
        Assert.That(Verify(stage).Fault, Is.Null);
    }

    [Test]
    public void The_outcome_is_that_of_the_command_and_is_committed_with_it()
    {
        var stage = new Stage();
        var job = stage.New(new JobSpec { Method = "m" });
        var decision = stage.Do(
            new BrokerInput.Enqueue(new UncalledTicket(), [job]) { Audit = Note with { Object = $"job:{job.Id}" } },
            new BrokerInput.CancelJob(new UncalledTicket(), "default", stage.NewId(), null)
            {
                Audit = Note with { Action = "jobs:cancel" },
            },
            new BrokerInput.CancelJob(new UncalledTicket(), "default", job.Id, null)
            {
                Audit = Note with { Action = "jobs:cancel" },
            }
        );
        Assert.That(decision.Changes.OfType<Change.JobAdded>(), Is.Not.Empty);
        Assert.That(decision.Changes.OfType<Change.AuditAppended>().Single().Block.Count, Is.EqualTo(3));
        Assert.That(
            EventsOf(stage).Select(happened => (happened.Action, happened.Outcome, happened.Reason)),
            Is.EqualTo(
                new[]
                {
                    ("jobs:run", "allowed", null),
                    ("jobs:cancel", "failed", ErrorCodes.NotFound),
                    ("jobs:cancel", "allowed", null),
                }
            )
        );
    }

    [Test]
    public void A_job_whose_deduplication_key_is_taken_is_noted_as_the_first_one()
    {
        var stage = new Stage();
        var spec = new JobSpec { Method = "m", DeduplicationKey = "k" };
        var (first, second) = (stage.New(spec), stage.New(spec));
        stage.Do(
            new BrokerInput.Enqueue(new UncalledTicket(), [first]) { Audit = Note with { Object = $"job:{first.Id}" } },
            new BrokerInput.Enqueue(new UncalledTicket(), [second])
            {
                Audit = Note with { Object = $"job:{second.Id}" },
            }
        );
        Assert.That(EventsOf(stage).Select(happened => happened.Object), Has.All.EqualTo($"job:{first.Id}"));
        Assert.That(EventsOf(stage)[1].Reason, Is.EqualTo("deduplicated"));
    }

    [Test]
    public void Inputs_without_a_note_leave_none()
    {
        var stage = new Stage();
        stage.Enqueue("m");
        Assert.That(stage.Kept.Audit, Is.Empty);
    }

    [Test]
    public void What_is_noted_for_a_ticket_is_answered()
    {
        var stage = new Stage();
        stage.Ask<Answer.Done>(ticket => new BrokerInput.NoteDown(ticket) { Audit = Note });
        Assert.That(EventsOf(stage), Has.Count.EqualTo(1));
        Assert.That(
            stage.Said.OfType<Effect.AuditKept>().Single().Tail.Point.Hash,
            Is.EqualTo(EventsOf(stage)[0].Hash)
        );
    }

    [Test]
    public void A_session_is_noted_when_it_opens_resumes_and_closes()
    {
        var stage = new Stage();
        stage.Do(new BrokerInput.Opened(1, "dmz-1", "192.0.2.7", null, null));
        var peer = stage.Join(1, "office-7", 1, "m");
        peer.Drop();
        stage.Join(2, "office-7", 1, "m");
        stage.Ask<Answer.Done>(ticket => new BrokerInput.RevokeKey(ticket, "default", "default/office-7")
        {
            Audit = Note with { Action = "keys:revoke" },
        });
        Assert.That(
            EventsOf(stage)
                .Select(happened =>
                    (happened.Actor, happened.Action, happened.Object, happened.Reason, happened.Address)
                ),
            Is.EqualTo(
                new (string, string, string?, string?, string?)[]
                {
                    ("handler:office-7", "sessions:open", "key:default/office-7", null, "192.0.2.7"),
                    ("handler:office-7", "sessions:open", "key:default/office-7", "resumed", null),
                    ("system", "sessions:close", "handler:office-7", "The API key was revoked.", null),
                    ("key:0123456789ab", "keys:revoke", null, null, null),
                }
            )
        );
        Assert.That(EventsOf(stage).Take(3).Select(happened => happened.Session), Has.All.EqualTo("session-1"));
    }

    [Test]
    public void A_hello_that_is_said_again_on_its_connection_is_no_news()
    {
        var stage = new Stage();
        stage.Join(1, "office-7", 1, "m");
        stage.Join(1, "office-7", 1, "m");
        Assert.That(EventsOf(stage), Has.Count.EqualTo(1));
    }

    [TestCase("default/nobody", "anonymous", null, ErrorCodes.Unauthenticated)]
    [TestCase("default/office-8", "handler:office-8", "default", ErrorCodes.Forbidden)]
    public void A_refused_hello_is_noted_with_its_reason(string key, string actor, string? ns, string reason)
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("office-8"));
        stage.Do(new BrokerInput.Opened(1, "dmz-1", "192.0.2.7", new KeyClaim(key, [1, 2, 3]), null));
        stage.Do(new BrokerInput.HelloSaid(1, Stage.HelloOf("office-7", 1, ["m"]), null, "s"));
        var happened = EventsOf(stage).Single();
        Assert.That(
            (happened.Actor, happened.Action, happened.Object),
            Is.EqualTo((actor, "sessions:open", $"key:{key}"))
        );
        Assert.That((happened.Outcome, happened.Reason), Is.EqualTo((AuditOutcomes.Denied, reason)));
        Assert.That((happened.Namespace, happened.Address), Is.EqualTo((ns, "192.0.2.7")));
    }

    [Test]
    public void A_hello_with_the_certificate_of_another_handler_is_noted_with_its_sender()
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("office-7"));
        var claim = new KeyClaim("default/office-7", [1, 2, 3]);
        stage.Do(new BrokerInput.Opened(1, "dmz-1", "192.0.2.7", claim, null, ["default/office-8"]));
        stage.Do(new BrokerInput.HelloSaid(1, Stage.HelloOf("office-7", 1, ["m"]), null, "s"));
        var happened = EventsOf(stage).Single();
        Assert.That(
            (happened.Actor, happened.Object, happened.Outcome, happened.Reason, happened.Address),
            Is.EqualTo(
                ("handler:office-7", "key:default/office-7", AuditOutcomes.Denied, ErrorCodes.Forbidden, "192.0.2.7")
            )
        );
    }

    [Test]
    public void Refused_hellos_are_counted_from_the_61st_of_a_minute_on()
    {
        var stage = new Stage();
        for (var i = 1; i <= 100; i++)
        {
            stage.Do(new BrokerInput.HelloSaid(i, Stage.HelloOf("h", 1, ["m"]), new KeyClaim("nobody", [1]), "s"));
        }

        Assert.That(EventsOf(stage), Has.Count.EqualTo(60));
        stage.Advance(61);
        Assert.That(EventsOf(stage), Has.Count.EqualTo(61));
        Assert.That(EventsOf(stage)[^1].Reason, Is.EqualTo("40 more refused Hellos"));
        stage.Advance(61);
        Assert.That(EventsOf(stage), Has.Count.EqualTo(61));
    }

    [Test]
    public void A_key_that_expires_is_noted_with_the_sessions_that_it_costs()
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("office-7") with { ExpiresAt = stage.Wall.AddSeconds(10) });
        stage.Join(1, "office-7", 1, "m");
        stage.Advance(11);
        Assert.That(
            EventsOf(stage).Select(happened => happened.Action),
            Is.EqualTo(new[] { "sessions:open", "keys:expire", "sessions:close" })
        );
    }

    [Test]
    public void A_checkpoint_is_taken_in_unless_it_is_of_no_use()
    {
        var stage = new Stage();
        stage.Do(Noted(), Noted());
        var tail = stage.Kept.AuditTail;
        stage.Do(Noted());
        Assert.That(
            stage
                .Ask<Answer.AuditIs>(ticket => new BrokerInput.CheckpointAudit(ticket, tail.Point, "k", "s"))
                .Tail.Sequence,
            Is.EqualTo(4)
        );
        var detail = EventsOf(stage)[^1].Detail!;
        Assert.That(
            (detail.Through, detail.ThroughHash, detail.KeyId, detail.Signature),
            Is.EqualTo((2L, EventsOf(stage)[1].Hash, "k", "s"))
        );
        stage.Ask<Answer.Refused>(ticket => new BrokerInput.CheckpointAudit(
            ticket,
            new AuditPoint(5, tail.Point.Hash),
            "k",
            "s"
        ));
        stage.Do([.. Enumerable.Repeat(Noted(), AuditChain.CheckpointReachMax)]);
        stage.Ask<Answer.Refused>(ticket => new BrokerInput.CheckpointAudit(ticket, tail.Point, "k", "s"));
        Assert.That(Verify(stage).Fault, Is.Null);
    }

    [Test]
    public void The_same_inputs_at_the_same_moments_come_to_the_same_log()
    {
        static string Run()
        {
            var stage = new Stage(seed: 7);
            stage.Join(1, "h", 2, "m");
            stage.Do(new BrokerInput.HelloSaid(2, Stage.HelloOf("h", 1, ["m"]), null, "s"), Noted());
            return string.Join('\n', stage.Kept.AuditLines);
        }

        var (first, second) = (Run(), Run());
        Assert.That(first, Is.EqualTo(second));
    }
}
