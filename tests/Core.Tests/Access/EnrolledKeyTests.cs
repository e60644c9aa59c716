using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Core.Tests.Access;

internal sealed class EnrolledKeyTests
{
    private Stage _stage = null!;

    [SetUp]
    public void OpenStage() => _stage = new Stage();

    private KeyRecord Kept(Enrollee agent) => _stage.Kept.Keys[agent.KeyId];

    [Test]
    public void An_enrolled_handler_proves_its_key_and_gets_work()
    {
        var agent = Enrollee.Enrolled(_stage, row => row with { Methods = ["reports.*"] });
        var peer = agent.Join(1, methods: ["reports.render", "other"]);
        _stage.Enqueue("reports.render");
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
        Assert.That(_stage.SentTo<Welcome>(1)[0].Methods, Is.EqualTo(new[] { "reports.render" }));
    }

    [Test]
    public void The_capacity_of_the_key_is_the_most_that_counts()
    {
        var agent = Enrollee.Enrolled(_stage, row => row with { MaxCapacity = 2 });
        var peer = agent.Join(1, capacity: 50, methods: "m");
        for (var i = 0; i < 5; i++)
        {
            _stage.Enqueue("m");
        }

        peer.Heartbeat(50, [.. peer.Assigned]);
        Assert.That(peer.Assigned, Has.Count.EqualTo(2));
    }

    private static readonly TestCaseData[] Forgeries =
    [
        Forgery("nothing signed", (hello, _) => With(hello, proof => proof with { Signature = "" })),
        Forgery(
            "another's signature",
            (hello, agent) => Signed(hello, TextOf(hello, agent), ECDsa.Create(ECCurve.NamedCurves.nistP256))
        ),
        Forgery("another nonce", (hello, agent) => SignedFor(hello, agent, proof => proof with { Nonce = "nonce-x" })),
        Forgery("another instance than was signed", (hello, _) => hello with { Instance = "other" }),
        Forgery("another handler than was signed", (hello, _) => hello with { Handler = "office-8" }),
        Forgery(
            "another generation than was signed",
            (hello, _) => With(hello, proof => proof with { Generation = proof.Generation + 1 })
        ),
        Forgery(
            "a handler that is no name",
            (hello, agent) => SignedFor(hello with { Handler = "office-7|i" }, agent, proof => proof)
        ),
        Forgery(
            "an unknown key",
            (hello, agent) => SignedFor(hello, agent, proof => proof with { KeyId = "0123456789ab" })
        ),
        Forgery(
            "another Broker",
            (hello, agent) => Signed(hello, KeyProofs.TextOfHello("another", hello, hello.Proof!), agent.Key)
        ),
        Forgery(
            "a text for another purpose",
            (hello, agent) =>
                Signed(hello, TextOf(hello, agent).Replace("|hello|", "|rotate|", StringComparison.Ordinal), agent.Key)
        ),
        Forgery(
            "no purpose",
            (hello, agent) =>
                Signed(hello, TextOf(hello, agent).Replace("SZ1|hello|", "", StringComparison.Ordinal), agent.Key)
        ),
        Forgery(
            "DER",
            (hello, agent) => With(hello, proof => proof with { Signature = Der(TextOf(hello, agent), agent.Key) })
        ),
        Forgery(
            "SHA-384",
            (hello, agent) =>
                With(
                    hello,
                    proof =>
                        proof with
                        {
                            Signature = Base64Url.EncodeToString(
                                agent.Key.SignData(
                                    Encoding.UTF8.GetBytes(TextOf(hello, agent)),
                                    HashAlgorithmName.SHA384
                                )
                            ),
                        }
                )
        ),
        Forgery(
            "zeroes",
            (hello, _) => With(hello, proof => proof with { Signature = Base64Url.EncodeToString(new byte[64]) })
        ),
        Forgery("padding", (hello, _) => With(hello, proof => proof with { Signature = proof.Signature + "==" })),
    ];

    private static TestCaseData Forgery(string what, Func<Hello, Enrollee, Hello> forge) =>
        new TestCaseData(forge).SetArgDisplayNames(what);

    private static Hello With(Hello hello, Func<HelloProof, HelloProof> change) =>
        hello with
        {
            Proof = change(hello.Proof!),
        };

    private static string TextOf(Hello hello, Enrollee agent) =>
        KeyProofs.TextOfHello(agent.BrokerId, hello, hello.Proof!);

    private static Hello Signed(Hello hello, string text, ECDsa key) =>
        With(hello, proof => proof with { Signature = KeyProofs.Sign(key, text) });

    private static Hello SignedFor(Hello hello, Enrollee agent, Func<HelloProof, HelloProof> change)
    {
        var changed = With(hello, change);
        return Signed(changed, TextOf(changed, agent), agent.Key);
    }

    private static string Der(string text, ECDsa key) =>
        Base64Url.EncodeToString(
            key.SignData(Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
        );

    [TestCaseSource(nameof(Forgeries))]
    public void A_forged_proof_is_refused_and_changes_nothing(Func<Hello, Enrollee, Hello> forge)
    {
        var agent = Enrollee.Enrolled(_stage);
        var kept = Kept(agent);
        var nonce = agent.Challenge(1);
        Assert.That(
            agent.Say(forge(agent.Hello(nonce), agent), 1),
            Has.Property("Code").EqualTo(ErrorCodes.Unauthenticated)
        );
        Assert.That(Kept(agent), Is.SameAs(kept));
        Assert.That(
            agent.Say(agent.Hello(nonce), 1),
            Has.Property("Code").EqualTo(ErrorCodes.Unauthenticated),
            "The nonce is used up."
        );
        Assert.That(agent.Connect(2), Is.TypeOf<Welcome>());
    }

    [Test]
    public void A_proof_is_good_once()
    {
        var agent = Enrollee.Enrolled(_stage);
        var hello = agent.Hello(agent.Challenge(1));
        Assert.That(agent.Say(hello, 1), Is.TypeOf<Welcome>());
        Assert.That(agent.Say(hello, 1), Has.Property("Code").EqualTo(ErrorCodes.Unauthenticated));
    }

    [Test]
    public void A_nonce_belongs_to_its_connection()
    {
        var agent = Enrollee.Enrolled(_stage);
        var hello = agent.Hello(agent.Challenge(1));
        agent.Challenge(2);
        Assert.That(agent.Say(hello, 2), Has.Property("Code").EqualTo(ErrorCodes.Unauthenticated));
        Assert.That(agent.Say(hello, 3), Has.Property("Code").EqualTo(ErrorCodes.Unauthenticated));
    }

    [Test]
    public void Only_the_newest_nonce_of_a_connection_is_good()
    {
        var agent = Enrollee.Enrolled(_stage);
        var old = agent.Hello(agent.Challenge(1));
        agent.Challenge(1);
        Assert.That(agent.Say(old, 1), Has.Property("Code").EqualTo(ErrorCodes.Unauthenticated));
    }

    [TestCase(59, true)]
    [TestCase(60, false)]
    public void A_nonce_is_good_for_a_minute(int seconds, bool isGood)
    {
        var agent = Enrollee.Enrolled(_stage);
        var hello = agent.Hello(agent.Challenge(1));
        _stage.Move(TimeSpan.FromSeconds(seconds));
        Assert.That(
            agent.Say(hello, 1),
            isGood ? Is.TypeOf<Welcome>() : Has.Property("Code").EqualTo(ErrorCodes.Unauthenticated)
        );
    }

    [Test]
    public void A_nonce_for_one_key_is_none_for_another()
    {
        var (one, other) = (Enrollee.Enrolled(_stage), new Enrollee(_stage));
        other.Enrol(Enrollee.Token(_stage), 901);
        Assert.That(
            other.Say(other.Hello(one.Challenge(1)), 1),
            Has.Property("Code").EqualTo(ErrorCodes.Unauthenticated)
        );
    }

    [Test]
    public void An_enrolled_key_has_no_secret_that_could_be_said()
    {
        var agent = Enrollee.Enrolled(_stage);
        foreach (var hash in new[] { Array.Empty<byte>(), new byte[32], Kept(agent).Pair!.PublicKey })
        {
            _stage.Do(
                new BrokerInput.HelloSaid(1, Stage.HelloOf("office-7", 1, ["m"]), new KeyClaim(agent.KeyId, hash), "s")
            );
            Assert.That(_stage.SentTo<Refused>(1)[^1].Code, Is.EqualTo(ErrorCodes.Unauthenticated));
        }
    }

    [Test]
    public void A_key_with_a_secret_is_challenged_by_nobody()
    {
        _stage.Save(Stage.KeyOf("h"));
        _stage.Do(new BrokerInput.ChallengeSaid(1, "default/h", "n"));
        Assert.That(_stage.SentTo<Refused>(1).Single().Code, Is.EqualTo(ErrorCodes.Unauthenticated));
    }

    [Test]
    public void An_enrolled_key_keeps_to_its_addresses()
    {
        var token = Enrollee.Token(_stage, row => row with { Addresses = ["10.0.0.0/8"] });
        var agent = new Enrollee(_stage);
        _stage.Do(
            new BrokerInput.Opened(1, "bridge", "10.0.0.1", null, null),
            new BrokerInput.Opened(2, "bridge", "192.0.2.1", null, null)
        );
        agent.Enrol(token, 1);
        Assert.That(agent.Connect(2), Has.Property("Code").EqualTo(ErrorCodes.Forbidden));
        Assert.That(agent.Connect(1), Is.TypeOf<Welcome>());
    }

    // Each case is a generation that an agent shows. Generation 110 has been issued; 100 is the newest confirmed one.
    [TestCase(110, Standing.Current)]
    [TestCase(100, Standing.Current)]
    [TestCase(105, Standing.Copied)]
    [TestCase(99, Standing.Copied)]
    [TestCase(0, Standing.Copied)]
    [TestCase(-1, Standing.Copied)]
    [TestCase(111, Standing.Ahead)]
    [TestCase(long.MaxValue, Standing.Ahead)]
    public void A_generation_says_who_shows_it(long shown, Standing expected)
    {
        var pair = new KeyPair
        {
            PublicKey = [],
            BrokerId = "b",
            TokenId = "t",
            EnrolledAt = Stage.Noon,
            Generation = 110,
            ConfirmedGeneration = 100,
        };
        Assert.That(pair.StandingOf(shown), Is.EqualTo(expected));
    }

    [Test]
    public void Each_hello_brings_a_newer_generation_and_the_pong_confirms_it()
    {
        var agent = Enrollee.Enrolled(_stage);
        var first = agent.Generation;
        var welcome = (Welcome)agent.Connect(1);
        Assert.That(welcome.Generation, Is.GreaterThan(first));
        Assert.That(Kept(agent).Pair!.ConfirmedGeneration, Is.EqualTo(first));
        var peer = new Peer(_stage, 1);
        peer.Heartbeat(4);
        Assert.That(
            Kept(agent).Pair!.ConfirmedGeneration,
            Is.EqualTo(first),
            "A heartbeat may have been on its way before the Welcome."
        );
        peer.Pong();
        Assert.That(Kept(agent).Pair!.ConfirmedGeneration, Is.EqualTo(welcome.Generation));
    }

    [TestCase(1)]
    [TestCase(5)]
    public void An_agent_that_falls_before_it_keeps_a_generation_may_come_again_with_the_old_one(int times)
    {
        var agent = Enrollee.Enrolled(_stage);
        agent.Join(1);
        for (var fall = 0; fall < times; fall++)
        {
            Assert.That(agent.Connect(10 + fall, $"i{fall}"), Is.TypeOf<Welcome>());
            _stage.Do(new BrokerInput.ConnectionClosed(10 + fall, "fell"));
            _stage.Restart();
        }

        agent.Join(100, "last");
        Assert.That(Kept(agent).RevokedAt, Is.Null);
    }

    [Test]
    public void An_agent_that_kept_a_generation_and_fell_before_its_pong_comes_again_with_the_new_one()
    {
        var agent = Enrollee.Enrolled(_stage);
        agent.Generation = ((Welcome)agent.Connect(1)).Generation!.Value;
        _stage.Restart();
        agent.Join(2);
        Assert.That(Kept(agent).RevokedAt, Is.Null);
    }

    [Test]
    public void The_second_of_two_copies_locks_the_key_and_closes_the_first()
    {
        var agent = Enrollee.Enrolled(_stage);
        var stolen = agent.Generation;
        agent.Join(1, methods: "m");
        var job = _stage.Enqueue("m");
        var newest = agent.Generation;
        agent.Generation = stolen;
        var answer = agent.Connect(2, "thief");

        Assert.That(answer, Has.Property("Code").EqualTo(ErrorCodes.Revoked));
        Assert.That(_stage.ClosedOn(1).Single().Code, Is.EqualTo(ErrorCodes.Revoked));
        Assert.That(
            (Kept(agent).RevokedAt, Kept(agent).RevokedReason),
            Is.EqualTo(((DateTimeOffset?)_stage.Wall, KeyRecord.Cloned))
        );
        Assert.That(
            _stage.Said.OfType<Effect.Publish>().Select(said => said.Happened.Type),
            Does.Contain("handler.locked")
        );
        Assert.That(_stage.Kept.Find(job).Current, Is.Null, "The handler's attempts are free for other handlers.");
        agent.Generation = newest;
        Assert.That(agent.Connect(3), Has.Property("Code").EqualTo(ErrorCodes.Revoked));
        _stage.Restart();
        Assert.That(agent.Connect(4), Has.Property("Code").EqualTo(ErrorCodes.Revoked));
    }

    [TestCase("thief")]
    [TestCase("i")]
    public void A_copy_of_the_newest_generation_is_found_when_the_first_comes_back(string instance)
    {
        var agent = Enrollee.Enrolled(_stage);
        agent.Join(1);
        var own = agent.Generation;
        agent.Join(2, instance);
        Assert.That(
            _stage.ClosedOn(1).Single().Code,
            Is.EqualTo(ErrorCodes.Unavailable),
            "The live agent is closed too, so that it comes back at once."
        );
        agent.Generation = own;
        Assert.That(agent.Connect(3), Has.Property("Code").EqualTo(ErrorCodes.Revoked));
        Assert.That(_stage.ClosedOn(2).Single().Code, Is.EqualTo(ErrorCodes.Revoked));
    }

    [Test]
    public void A_copy_is_found_also_when_the_first_is_back_before_the_copy_has_confirmed()
    {
        var agent = Enrollee.Enrolled(_stage);
        agent.Join(1);
        var own = agent.Generation;
        var copied = ((Welcome)agent.Connect(2, "thief")).Generation!.Value;
        agent.Generation = own;
        agent.Join(3);
        agent.Generation = copied;
        Assert.That(agent.Connect(4, "thief"), Has.Property("Code").EqualTo(ErrorCodes.Revoked));
        Assert.That(_stage.ClosedOn(3).Single().Code, Is.EqualTo(ErrorCodes.Revoked));
    }

    [Test]
    public void A_hello_that_was_held_up_while_its_agent_came_by_another_way_is_no_copy()
    {
        var agent = Enrollee.Enrolled(_stage);
        var late = agent.Hello(agent.Challenge(1));
        agent.Join(2);
        Assert.That(agent.Say(late, 1), Has.Property("Code").EqualTo(ErrorCodes.Unavailable));
        Assert.That(Kept(agent).RevokedAt, Is.Null);
        Assert.That(_stage.ClosedOn(2), Is.Empty);
    }

    [Test]
    public void A_generation_that_was_never_given_out_is_refused_and_locks_nobody_out()
    {
        var agent = Enrollee.Enrolled(_stage);
        agent.Join(1);
        agent.Generation += 1;
        Assert.That(agent.Connect(2, "guess"), Has.Property("Code").EqualTo(ErrorCodes.Conflict));
        Assert.That(Kept(agent).RevokedAt, Is.Null);
        agent.Generation -= 1;
        Assert.That(agent.Connect(3), Is.TypeOf<Welcome>());
    }

    [Test]
    public void The_first_of_two_keeps_its_lease_while_it_is_away()
    {
        var agent = Enrollee.Enrolled(_stage);
        var peer = agent.Join(1, methods: "m");
        var job = _stage.Enqueue("m");
        peer.Say(ReportEventTypes.Started, peer.Assigned.Single());
        agent.Join(2, "restarted", methods: "m");
        Assert.That(_stage.Kept.Find(job).Current!.Instance, Is.EqualTo("i"));
        _stage.Advance(_stage.Options.Lease + TimeSpan.FromSeconds(1));
        Assert.That(_stage.Kept.Find(job).Current?.Instance, Is.Not.EqualTo("i"));
    }

    [Test]
    public void Revoking_closes_the_session_and_a_connection_that_was_about_to_prove_itself()
    {
        var agent = Enrollee.Enrolled(_stage);
        agent.Join(1);
        agent.Challenge(2);
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.RevokeKey(ticket, "default", agent.KeyId));
        Assert.That(
            new[] { _stage.ClosedOn(1).Single().Code, _stage.ClosedOn(2).Single().Code },
            Is.All.EqualTo(ErrorCodes.Revoked)
        );
        Assert.That(agent.Connect(3), Has.Property("Code").EqualTo(ErrorCodes.Revoked));
    }
}
