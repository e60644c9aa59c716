using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Core.Tests.Sessions;

public sealed class HelloTests
{
    private static readonly Hello Good = Stage.HelloOf("h", 4, ["m"]);

    private static IEnumerable<TestCaseData> Bad()
    {
        yield return new(Good with { Protocol = 2 }, ErrorCodes.UnsupportedProtocol, "Protocol 2 is not spoken here");
        yield return new(Good with { Handler = "other" }, ErrorCodes.Forbidden, "for handler \"h\", not \"other\"");
        yield return Invalid(Good with { Instance = "" }, "instance must be a name");
        yield return Invalid(Good with { Instance = "a b" }, "instance must be a name");
        yield return Invalid(Good with { OfflineStore = "a b" }, "offlineStore must be a name");
        yield return Invalid(Good with { Capacity = -1 }, "capacity must be from 0 to 2500");
        yield return Invalid(Good with { Capacity = Limits.CapacityMax + 1 }, "capacity must be from 0 to 2500");
        yield return Invalid(
            Good with
            {
                Methods = [Good.Methods[0], new OfferedMethod { Name = "no good" }],
            },
            "\"no good\" is not a method's name"
        );
        yield return Invalid(Good with { Methods = [Good.Methods[0], null!] }, "must not hold null");
        yield return Invalid(Good with { Resume = [null!] }, "must not hold null");
        yield return Invalid(Good with { Methods = Many(1_001) }, "At most 1000 methods");
        yield return Invalid(Good with { Methods = Schemas(Limits.SchemaBytesPerHandlerMax + 1) }, "1048576 bytes");
        yield return Invalid(Good with { Groups = [.. Enumerable.Repeat("g", 65)] }, "At most 64 groups");
        yield return Invalid(Good with { Labels = Labels(65, 1, 1) }, "At most 64 labels");
        yield return Invalid(Good with { Labels = Labels(1, 129, 1) }, "name of a label must not be longer than 128");
        yield return Invalid(Good with { Labels = Labels(1, 1, 1_025) }, "A label must be a text of at most 1024");
        yield return Invalid(
            Good with
            {
                Labels = new Dictionary<string, string> { ["room"] = null! },
            },
            "A label must be a text"
        );
        yield return Invalid(Good with { Agent = new string('a', 129) }, "agent must not be longer than 128");
        yield return Invalid(Good with { Methods = Described(4_097) }, "description of m must not exceed 4096");
    }

    private static IEnumerable<TestCaseData> Largest()
    {
        yield return new(Good with { Capacity = 0 });
        yield return new(Good with { Capacity = Limits.CapacityMax });
        yield return new(Good with { Methods = Many(Limits.MethodsPerHandlerMax) });
        yield return new(Good with { Methods = Schemas(Limits.SchemaBytesPerHandlerMax) });
        yield return new(Good with { Groups = [.. Enumerable.Repeat("g", Limits.GroupsPerHandlerMax)] });
        yield return new(Good with { Groups = null, Resume = null, OfflineStore = "box-1" });
        yield return new(Good with { Labels = Labels(64, 128, 1_024), Agent = new string('a', 128) });
        yield return new(Good with { Labels = Labels(1, 0, 0), Methods = Described(4_096) });
    }

    private static TestCaseData Invalid(Hello hello, string says) => new(hello, ErrorCodes.Invalid, says);

    private static OfferedMethod[] Many(int count) => [.. Enumerable.Repeat(Good.Methods[0], count)];

    /// <summary>So many labels, with names and texts of so many characters.</summary>
    private static Dictionary<string, string> Labels(int count, int nameLength, int length) =>
        Enumerable
            .Range(0, count)
            .ToDictionary(i => new string((char)('0' + i), nameLength), _ => new string('l', length));

    private static OfferedMethod[] Described(int length) =>
        [Good.Methods[0] with { Description = new string('d', length) }];

    /// <summary>Methods whose schemas have so many bytes together.</summary>
    private static OfferedMethod[] Schemas(int bytes) =>
        [
            new() { Name = "m1", ParamsSchema = RawJson.Parse(new string('1', bytes - 10)) },
            new() { Name = "m2", ParamsSchema = RawJson.Parse(new string('2', 10)) },
        ];

    [TestCaseSource(nameof(Bad))]
    public void A_hello_that_makes_no_sense_is_refused_with_its_code(Hello hello, string code, string says)
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("h"));
        stage.Do(new BrokerInput.HelloSaid(1, hello, new KeyClaim("default/h", [1, 2, 3]), "s"));
        Assert.That(stage.SentTo<Refused>(1).Single().Code, Is.EqualTo(code));
        Assert.That(stage.SentTo<Refused>(1)[0].Detail, Does.Contain(says));
        Assert.That(stage.SentTo<Welcome>(1), Is.Empty);
        Assert.That(stage.Look(state => state.Stats().Sessions), Is.Zero);
    }

    [TestCaseSource(nameof(Largest))]
    public void A_hello_at_the_edge_of_its_limits_is_welcome(Hello hello)
    {
        var stage = new Stage();
        stage.Hello(1, hello);
        Assert.That(stage.SentTo<Refused>(1), Is.Empty);
        Assert.That(stage.SentTo<Welcome>(1), Has.Count.EqualTo(1));
    }

    [TestCase("10.1.2.3", true)]
    [TestCase("::ffff:10.1.2.3", true)]
    [TestCase("2001:db8::7", true)]
    [TestCase("11.1.2.3", false)]
    [TestCase("not an address", false)]
    [TestCase(null, false)]
    public void A_key_that_is_bound_to_addresses_opens_from_there_only(string? address, bool opens)
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("h") with { Addresses = ["10.0.0.0/8", "2001:db8::/32"] });
        stage.Do(new BrokerInput.Opened(1, "bridge", address, new KeyClaim("default/h", [1, 2, 3]), null));
        stage.Do(new BrokerInput.HelloSaid(1, Good, null, "s"));
        Assert.That(stage.SentTo<Welcome>(1), Has.Count.EqualTo(opens ? 1 : 0));
        Assert.That(
            stage.SentTo<Refused>(1).Select(refused => refused.Code),
            Is.EqualTo(opens ? [] : new[] { ErrorCodes.Forbidden })
        );
    }

    [TestCase(true, "default/h")]
    [TestCase(true, "shop/till-1", "default/h")]
    [TestCase(false, "default/other")]
    [TestCase(false, "shop/h")]
    [TestCase(false, "default/H")]
    [TestCase(false)]
    public void A_certificate_that_is_bound_to_handlers_opens_for_these_only(bool opens, params string[] names)
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("h"));
        stage.Do(new BrokerInput.Opened(1, "bridge", null, new KeyClaim("default/h", [1, 2, 3]), null, names));
        stage.Do(new BrokerInput.HelloSaid(1, Good, null, "s"));
        Assert.That(stage.SentTo<Welcome>(1), Has.Count.EqualTo(opens ? 1 : 0));
        if (!opens)
        {
            var refused = stage.SentTo<Refused>(1).Single();
            Assert.That(refused.Code, Is.EqualTo(ErrorCodes.Forbidden));
            Assert.That(refused.Detail, Does.Contain("must name default/h").And.Contain("CN=default/h"));
        }
    }

    [Test]
    public void What_a_session_offers_is_told_when_it_begins_and_when_it_ends()
    {
        var stage = new Stage();
        var began = stage.Hello(1, Stage.HelloOf("h", 4, ["m"])).Effects.OfType<Effect.OffersChanged>().Single();
        var ended = stage.Do(new BrokerInput.ByeSaid(1, "done")).Effects.OfType<Effect.OffersChanged>().Single();
        Assert.That((began.Namespace, began.Handler, began.Methods!.Keys.Single()), Is.EqualTo(("default", "h", "m")));
        Assert.That((ended.SessionId, ended.Methods), Is.EqualTo((began.SessionId, (object?)null)));
    }

    [Test]
    public void A_key_that_is_unknown_wrong_revoked_or_expired_is_refused()
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("h"));
        stage.Save(Stage.KeyOf("h") with { Id = "old", ExpiresAt = Stage.Noon });
        stage.Save(Stage.KeyOf("h") with { Id = "gone", RevokedAt = Stage.Noon });
        stage.Save(Stage.KeyOf("h") with { Id = "service", Kind = Contracts.Rest.KeyKind.Service });
        var claims = new (KeyClaim? Claim, string Code)[]
        {
            (null, ErrorCodes.Unauthenticated),
            (new KeyClaim("nobody", [1, 2, 3]), ErrorCodes.Unauthenticated),
            (new KeyClaim("default/h", [1, 2, 4]), ErrorCodes.Unauthenticated),
            (new KeyClaim("service", [1, 2, 3]), ErrorCodes.Unauthenticated),
            (new KeyClaim("old", [1, 2, 3]), ErrorCodes.Revoked),
            (new KeyClaim("gone", [1, 2, 3]), ErrorCodes.Revoked),
        };
        for (var i = 0; i < claims.Length; i++)
        {
            stage.Do(new BrokerInput.HelloSaid(10 + i, Good, claims[i].Claim, "s"));
            Assert.That(stage.SentTo<Refused>(10 + i).Single().Code, Is.EqualTo(claims[i].Code), $"claim {i}");
        }
    }

    [Test]
    public void A_key_presented_when_the_connection_opened_counts_for_its_hello()
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("h"));
        stage.Do(
            new BrokerInput.Opened(1, "bridge-1", "192.0.2.1", new KeyClaim("default/h", [1, 2, 3]), null),
            new BrokerInput.HelloSaid(1, Good, null, "s")
        );
        Assert.That(stage.SentTo<Welcome>(1).Single().SessionId, Is.EqualTo("s"));
    }

    [Test]
    public void Only_methods_and_groups_that_the_key_allows_are_taken()
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("h", "default", "reports.*") with { Groups = ["em*"] });
        var peer = stage.Join(
            1,
            Stage.HelloOf("h", 9, ["reports.render", "db.drop"]) with
            {
                Groups = ["emea", "gpu"],
            }
        );
        stage.Enqueue("db.drop");
        stage.Enqueue(new Broker.Core.Jobs.JobSpec { Method = "reports.render", Group = "gpu" });
        var allowed = stage.Enqueue(new Broker.Core.Jobs.JobSpec { Method = "reports.render", Group = "emea" }).Id;
        Assert.That(stage.SentTo<Welcome>(1).Single().Methods, Is.EqualTo(new[] { "reports.render" }));
        Assert.That(peer.Assigned.Select(id => id.Job), Is.EqualTo(new[] { allowed }));
    }

    [Test]
    public void Words_without_a_session_are_answered_with_a_greeting()
    {
        var stage = new Stage();
        stage.Do(new BrokerInput.HeartbeatSaid(9, new Heartbeat(1, [])));
        stage.Do(new BrokerInput.ReportSaid(9, new Report([])));
        stage.Do(new BrokerInput.ByeSaid(9, ""));
        Assert.That(stage.SentTo<Greet>(9), Has.Count.EqualTo(3));
    }

    [Test]
    public void A_body_that_lacks_its_list_is_refused_before_it_reaches_the_core()
    {
        Assert.That(ProtocolJson.TryRead<Heartbeat>("""{"capacity":1}"""u8, out _, out _), Is.False);
        Assert.That(ProtocolJson.TryRead<Heartbeat>("""{"running":[]}"""u8, out _, out _), Is.False);
        Assert.That(ProtocolJson.TryRead<Report>("{}"u8, out _, out _), Is.False);
        Assert.That(ProtocolJson.TryRead<Heartbeat>("""{"capacity":1,"running":[]}"""u8, out _, out _), Is.True);
    }

    [Test]
    public void A_second_hello_of_the_same_instance_takes_over_and_keeps_its_attempts()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        stage.Enqueue("m");
        var open = peer.Assigned[0];
        stage.Hello(2, Good with { Resume = [new ResumedAttempt(open, open.Token)] });
        Assert.That(stage.ClosedOn(1).Single().Code, Is.EqualTo(ErrorCodes.Superseded));
        var welcome = stage.SentTo<Welcome>(2).Single();
        Assert.That(welcome.Resumed, Is.EqualTo(new[] { open }));
        Assert.That(welcome.SessionId, Is.EqualTo("session-1"), "the session is the same");
        stage.Do(new BrokerInput.ConnectionClosed(1, "closed"));
        new Peer(stage, 2).Say(ReportEventTypes.Succeeded, open);
        Assert.That(new Peer(stage, 2).Acknowledged(open), Is.EqualTo("accepted"));
    }

    [Test]
    public void Another_instance_is_another_session_and_may_not_resume()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        stage.Enqueue("m");
        var open = peer.Assigned[0];
        stage.Hello(2, Good with { Instance = "j", Resume = [new ResumedAttempt(open, open.Token)] });
        Assert.That(stage.SentTo<Welcome>(2).Single().Abandoned, Is.EqualTo(new[] { open }));
        Assert.That(stage.ClosedOn(1), Is.Empty);
        Assert.That(stage.Look(state => state.Stats().Sessions), Is.EqualTo(2));
    }

    [Test]
    public void Attempts_that_are_over_or_never_were_are_abandoned()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        stage.Enqueue("m");
        var done = peer.Assigned[0];
        peer.Say(ReportEventTypes.Succeeded, done);
        var invented = new AttemptId(stage.NewId(), 3);
        stage.Enqueue("m");
        var open = peer.Assigned[1];
        ResumedAttempt[] claims = [new(done, done.Token), new(invented, 3), new(open, open.Token + 1)];
        stage.Hello(2, Good with { Resume = claims });
        Assert.That(stage.SentTo<Welcome>(2).Single().Abandoned, Is.EqualTo(claims.Select(claim => claim.AttemptId)));
    }

    [Test]
    public void An_attempt_that_the_handler_does_not_name_is_assigned_again_with_the_same_token()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        stage.Enqueue("m");
        var open = peer.Assigned[0];
        stage.Hello(2, Good);
        Assert.That(stage.AssignedTo(2), Is.EqualTo(new[] { open }));
    }

    [Test]
    public void An_attempt_that_had_started_and_is_not_named_is_lost()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        var job = stage.Enqueue("m");
        peer.Say(ReportEventTypes.Started, peer.Assigned[0]);
        stage.Hello(2, Good);
        Assert.That(stage.AssignedTo(2), Is.Empty);
        Assert.That(stage.Kept.Find(job).Ended!.Single().Outcome, Is.EqualTo(Contracts.Rest.AttemptOutcome.Lost));
    }

    [Test]
    public void Attempts_beyond_the_room_that_a_handler_came_back_with_are_taken_back_uncounted()
    {
        var stage = new Stage();
        stage.Join(1, Good);
        var jobs = Enumerable.Range(0, 4).Select(_ => stage.Enqueue("m")).ToList();
        stage.Hello(2, Good with { Capacity = 1 });
        Assert.That(stage.AssignedTo(2), Has.Count.EqualTo(1));
        Assert.That(jobs.Select(job => stage.Kept.Find(job).AttemptsUsed), Is.EquivalentTo(new[] { 1, 0, 0, 0 }));
    }

    [Test]
    public void A_connection_that_becomes_another_instance_ends_the_session_it_had()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        var job = stage.Enqueue("m");
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
        stage.Hello(1, Good with { Instance = "j" });
        Assert.That(stage.Kept.Find(job).Current, Is.Null);
        Assert.That(stage.Look(state => state.Stats().Sessions), Is.EqualTo(1));
    }
}
