using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Core.Tests.Access;

namespace ScheduleZero.Core.Tests.Sessions;

/// <summary>Which sessions must be sealed, and what becomes of those that are not.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SealTests
{
    private const string Seal = "hash-of-the-handshake";

    private static readonly SealOffer Offer = new("a public key");

    private readonly Stage _stage = new();

    [TestCase("*", true)]
    [TestCase("office-7", true)]
    [TestCase("office-*", true)]
    [TestCase("office-8", false)]
    [TestCase(null, false)]
    public void A_nonce_says_whether_the_session_is_to_be_sealed(string? pattern, bool isSealed)
    {
        var agent = Enrollee.Enrolled(_stage);
        Require(pattern);
        var nonce = Challenge(agent, 1, Offer).OfType<Effect.SendNonce>().Single();
        Assert.That(
            (nonce.Connection, nonce.KeyId, nonce.Offer, nonce.IsSealed),
            Is.EqualTo((1L, agent.KeyId, Offer, isSealed))
        );
    }

    [Test]
    public void A_handler_that_offers_nothing_gets_the_nonce_of_old()
    {
        var agent = Enrollee.Enrolled(_stage);
        Require("*");
        Assert.That(Challenge(agent, 1, null).OfType<Effect.Send>().Single().Message, Is.TypeOf<Nonce>());
    }

    [Test]
    public void A_sealed_Hello_is_answered_sealed_and_its_session_shows_it()
    {
        var agent = Enrollee.Enrolled(_stage);
        Require("*");
        var answer = SayHello(agent, 1, Seal, Offer).OfType<Effect.SendSealedAnswer>().Single();
        Assert.That(answer.Seal, Is.EqualTo(Seal));
        Assert.That(answer.Message, Is.TypeOf<Welcome>());
        Assert.That(Session().Sealed, Is.True);
    }

    [Test]
    public void The_proof_of_a_sealed_Hello_counts_for_its_own_handshake_only()
    {
        var agent = Enrollee.Enrolled(_stage);
        Require("*");
        foreach (var (signed, said) in new[] { (Seal, "another"), (null, Seal), (Seal, null) })
        {
            var nonce = NonceOf(Challenge(agent, 1, Offer));
            var answer = Say(Hello(agent, nonce, signed), 1, said)[0];
            Assert.That(MessageIn(answer), Is.TypeOf<Refused>().With.Property("Code").EqualTo("unauthenticated"));
        }

        Assert.That(_stage.Look(state => state.Handlers("default")), Is.Empty);
    }

    [Test]
    public void An_API_key_is_refused_for_good_and_told_to_enrol()
    {
        Require("h*");
        _stage.Hello(1, Stage.HelloOf("h", 1, ["m"]));
        var refused = (Refused)_stage.Said.OfType<Effect.Send>().Last().Message;
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.Forbidden));
        Assert.That(
            refused.Detail,
            Is.EqualTo(
                "Handler \"h\" must seal its sessions, as namespace \"default\" says. That takes a key of its own in "
                    + "place of an API key: make a token (schedulezero enrolments create), and enrol the agent "
                    + "(schedulezero agent enroll)."
            )
        );
        Assert.That(_stage.Kept.AuditLines.Last(line => line != ""), Does.Contain("denied"));
        _stage.Join(2, "other", 1, "m");
    }

    [Test]
    public void An_enrolled_agent_that_cannot_seal_is_refused_for_good_and_told_to_update()
    {
        var agent = Enrollee.Enrolled(_stage);
        Require("*");
        var refused = (Refused)MessageIn(SayHello(agent, 1, null, null)[0]);
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.Forbidden));
        Assert.That(
            refused.Detail,
            Is.EqualTo(
                "Handler \"office-7\" must seal its sessions, as namespace \"default\" says. This agent did not offer "
                    + "to: update it, and enrol it again (schedulezero agent enroll) if it was enrolled by an older "
                    + "version."
            )
        );
    }

    [Test]
    public void An_agent_that_was_told_off_just_before_sealing_was_switched_on_tries_again()
    {
        var agent = Enrollee.Enrolled(_stage);
        var nonce = NonceOf(Challenge(agent, 1, Offer));
        Require("*");
        var refused = (Refused)MessageIn(Say(Hello(agent, nonce, null), 1, null)[0]);
        Assert.That(
            (refused.Code, refused.Detail),
            Is.EqualTo((ErrorCodes.Unavailable, "Sealing was switched on meanwhile: say Challenge again."))
        );
        Assert.That(MessageIn(SayHello(agent, 2, Seal, Offer)[0]), Is.TypeOf<Welcome>());
    }

    [Test]
    public void A_sealed_Hello_without_a_proof_is_refused()
    {
        _stage.Save(Stage.KeyOf("h"));
        var said = new BrokerInput.HelloSaid(
            1,
            Stage.HelloOf("h", 1, ["m"]),
            new KeyClaim("default/h", [1, 2, 3]),
            "s",
            Seal: Seal
        );
        var answer = _stage.Do(said).Effects.OfType<Effect.SendSealedAnswer>().Single();
        Assert.That(
            answer.Message,
            Is.EqualTo(new Refused(ErrorCodes.Invalid, "Only an enrolled key says a sealed Hello."))
        );
    }

    [Test]
    public void Switching_on_disconnects_who_is_not_sealed_and_nobody_loses_an_attempt()
    {
        var other = _stage.Join(1, "other", 1, "m");
        var peer = _stage.Join(2, "h", 1, "m2");
        var job = _stage.Enqueue("m2");
        peer.Say(ReportEventTypes.Started, peer.Assigned[0]);
        Require("h");

        var closed = _stage.Said.OfType<Effect.Close>().Single();
        Assert.That((closed.Connection, closed.Code), Is.EqualTo((2L, ErrorCodes.Unavailable)));
        Assert.That(_stage.Look(state => state.FindJob("default", job))!.Value.Job.State, Is.EqualTo(JobState.Running));
        Assert.That(
            _stage.Look(state => state.FindHandler("default", "h")!.Sessions.Single().State),
            Is.EqualTo("detached"),
            "nothing is given to it before it says Hello again"
        );
        _stage.Enqueue("m");
        Assert.That(other.Assigned, Has.Count.EqualTo(1), "Others are not disturbed.");
    }

    [Test]
    public void Switching_on_leaves_sealed_sessions_alone_and_so_does_switching_off()
    {
        var agent = Enrollee.Enrolled(_stage);
        Require("office-*");
        SayHello(agent, 1, Seal, Offer);
        _stage.Forget();
        Require("*");
        Require(null);
        Assert.That(_stage.Said.OfType<Effect.Close>(), Is.Empty);
        Assert.That(Session().Sealed, Is.True);
    }

    [Test]
    public void A_start_of_the_Broker_remembers_who_must_seal()
    {
        var agent = Enrollee.Enrolled(_stage);
        Require("*");
        _stage.Restart();
        Assert.That(Challenge(agent, 1, Offer).OfType<Effect.SendNonce>().Single().IsSealed, Is.True);
    }

    [Test]
    public void A_rotation_must_be_sealed_too_and_is_answered_so()
    {
        var (agent, next) = (Enrollee.Enrolled(_stage), new Enrollee(_stage));
        Require("*");
        Assert.That(agent.Rotate(1, next), Is.TypeOf<Refused>().With.Property("Code").EqualTo(ErrorCodes.Forbidden));
        var rotation = agent.Rotation(NonceOf(Challenge(agent, 2, Offer)), next);
        var answer = _stage
            .Do(new BrokerInput.RotateSaid(2, rotation, "k-next", 500, Seal))
            .Effects.OfType<Effect.SendSealedAnswer>()
            .Single();
        Assert.That(answer.Seal, Is.EqualTo(Seal));
        Assert.That(answer.Message, Is.TypeOf<Rotated>());
    }

    [Test]
    public void An_enrolment_proves_the_Brokers_key_with_the_token()
    {
        var brokerKey = new AuditKey("kid", "x", "y");
        var stage = new Stage(options: new CoreOptions { BrokerKey = brokerKey });
        var (agent, token) = (new Enrollee(stage), Enrollee.Token(stage));
        var enrolled = (Enrolled)agent.Enrol(token, 1);
        bool IsProved(Enrolled shown, AuditKey key) =>
            KeyProofs.IsProved(
                token.SecretHash(),
                SealProofs.TextOfBrokerKey(token.Id, agent.PublicKey, shown, key),
                enrolled.BrokerKeyProof
            );

        Assert.That(enrolled.BrokerKey, Is.EqualTo(brokerKey));
        Assert.That(IsProved(enrolled, brokerKey), Is.True);
        Assert.That(IsProved(enrolled, brokerKey with { X = "z" }), Is.False);
        Assert.That(IsProved(enrolled with { BrokerId = "b2" }, brokerKey), Is.False);
        var text = KeyProofs.TextOfEnrolled(token.Id, agent.PublicKey, enrolled);
        Assert.That(
            KeyProofs.IsProved(token.SecretHash(), text, enrolled.Proof),
            Is.True,
            "An older agent reads the answer as before."
        );
    }

    private static object MessageIn(Effect effect) =>
        effect switch
        {
            Effect.Send send => send.Message,
            Effect.SendSealedAnswer send => send.Message,
            _ => effect,
        };

    private static string NonceOf(IReadOnlyList<Effect> effects) =>
        effects.OfType<Effect.SendNonce>().Single().Nonce.Value;

    private SessionView Session() => _stage.Look(state => state.Handlers("default").Single().Sessions.Single());

    private void Require(string? pattern)
    {
        _stage.Forget();
        var record = (NamespaceRecord)_stage.Kept.Access[(AccessKind.Namespace, "default")];
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Sealed = pattern is null ? null : [pattern] })]
        ));
    }

    private List<Effect> Challenge(Enrollee agent, long connection, SealOffer? offer) =>
        _stage.Do(new BrokerInput.ChallengeSaid(connection, agent.KeyId, $"n{Guid.NewGuid():N}", offer)).Effects;

    private List<Effect> SayHello(Enrollee agent, long connection, string? seal, SealOffer? offer)
    {
        var said = Challenge(agent, connection, offer);
        var nonce = offer is null ? ((Nonce)MessageIn(said[0])).Value : NonceOf(said);
        return Say(Hello(agent, nonce, seal), connection, seal);
    }

    private static Hello Hello(Enrollee agent, string nonce, string? seal)
    {
        var hello = agent.Hello(nonce, methods: "m");
        var proof = hello.Proof!;
        var text = KeyProofs.TextOfHello(agent.BrokerId, hello, proof, seal);
        return hello with { Proof = proof with { Signature = KeyProofs.Sign(agent.Key, text) } };
    }

    /// <summary>Says a Hello, and returns the answers to it.</summary>
    private List<Effect> Say(Hello hello, long connection, string? seal) =>
        [
            .. _stage
                .Do(new BrokerInput.HelloSaid(connection, hello, null, $"s{connection}", 100, seal))
                .Effects.Where(effect => MessageIn(effect) is Welcome or Refused),
        ];
}
