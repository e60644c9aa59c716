using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Access;

internal sealed class EnrolmentTests
{
    private Stage _stage = null!;

    [SetUp]
    public void OpenStage() => _stage = new Stage();

    [Test]
    public void A_token_makes_a_key_with_the_rights_that_it_names()
    {
        var token = Enrollee.Token(
            _stage,
            row => row with { Methods = ["reports.*"], Groups = ["emea"], MaxCapacity = 3 }
        );
        var agent = new Enrollee(_stage);
        var answer = (Enrolled)agent.Enrol(token, 1);

        Assert.That(
            (answer.Namespace, answer.Handler, answer.Methods),
            Is.EqualTo(("default", "office-7", new[] { "reports.*" }))
        );
        Assert.That(
            KeyProofs.IsProved(
                token.SecretHash(),
                KeyProofs.TextOfEnrolled(token.Id, agent.PublicKey, answer),
                answer.Proof
            ),
            Is.True
        );
        var key = _stage.Kept.Keys[answer.KeyId];
        Assert.That(
            (key.Kind, key.Handler, key.MaxCapacity, key.CreatedBy),
            Is.EqualTo((KeyKind.Handler, "office-7", (int?)3, "user:ana"))
        );
        Assert.That(key.Pair!.PublicText, Is.EqualTo(agent.PublicKey));
        Assert.That(key.SecretHash, Is.Empty);
        Assert.That(
            _stage.Said.OfType<Effect.Publish>().Select(said => said.Happened.Type),
            Does.Contain("handler.enrolled")
        );
    }

    [Test]
    public void Of_a_hundred_who_ask_at_once_one_enrols()
    {
        var token = Enrollee.Token(_stage);
        var agents = Enumerable.Range(1, 100).Select(_ => new Enrollee(_stage)).ToList();
        var decision = _stage.Do([
            .. agents.Select((agent, i) => new BrokerInput.EnrolSaid(i + 1, agent.Asking(token), $"k{i}", $"b{i}", 1)),
        ]);

        var answers = decision.Effects.OfType<Effect.Send>().Select(send => send.Message).ToList();
        Assert.That(answers.OfType<Enrolled>().Count(), Is.EqualTo(1));
        Assert.That(
            answers.OfType<Refused>().Select(refused => refused.Code),
            Is.EqualTo(Enumerable.Repeat(ErrorCodes.Conflict, 99))
        );
        Assert.That(_stage.Kept.Keys, Has.Count.EqualTo(1));
    }

    [Test]
    public void Whoever_did_not_hear_the_answer_gets_the_same_again_also_after_a_restart()
    {
        var token = Enrollee.Token(_stage);
        var agent = new Enrollee(_stage);
        var first = (Enrolled)agent.Enrol(token, 1);
        _stage.Restart();
        var again = (Enrolled)agent.Enrol(token, 2);

        Assert.That(again.KeyId, Is.EqualTo(first.KeyId));
        Assert.That(again.Proof, Is.EqualTo(first.Proof));
        Assert.That(_stage.Kept.Keys, Has.Count.EqualTo(1));
    }

    private const string CurveKey = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";

    [Test]
    public void A_curve_key_that_the_token_proves_is_allowed_while_the_agents_key_is()
    {
        var token = Enrollee.Token(_stage);
        var agent = new Enrollee(_stage);
        var asking = WithCurve(agent, token, token.SecretHash());
        var answer = (Enrolled)agent.Enrol(asking, 1);

        Assert.That(answer.CurveAllowed, Is.True);
        var row = (CurveKeyRecord)_stage.Kept.Access[(AccessKind.CurveKey, CurveKeyId.Of(CurveKey))];
        Assert.That(
            (row.PublicKey, row.Account, row.Namespace, row.Handler),
            Is.EqualTo((CurveKey, answer.KeyId, "default", "office-7"))
        );
        Assert.That(((Enrolled)agent.Enrol(asking, 2)).CurveAllowed, Is.True, "the answer was lost");
    }

    [Test]
    public void A_curve_key_that_the_token_does_not_prove_uses_the_token_up_for_nobody()
    {
        var token = Enrollee.Token(_stage);
        var agent = new Enrollee(_stage);
        var refused = agent.Enrol(WithCurve(agent, token, EnrolmentToken.Generate().SecretHash()), 1);

        Assert.That(refused, Has.Property("Code").EqualTo(ErrorCodes.Invalid));
        Assert.That(_stage.Kept.Keys, Is.Empty);
        Assert.That(agent.Enrol(token, 2), Is.TypeOf<Enrolled>().With.Property("CurveAllowed").False);
    }

    [Test]
    public void A_curve_key_that_an_admin_has_named_stays_the_admins()
    {
        var named = new CurveKeyRecord
        {
            PublicKey = CurveKey,
            Name = "by hand",
            CreatedAt = _stage.Wall,
            CreatedBy = "user:ana",
        };
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Add(named)]));
        var token = Enrollee.Token(_stage);
        var agent = new Enrollee(_stage);
        var answer = (Enrolled)agent.Enrol(WithCurve(agent, token, token.SecretHash()), 1);

        Assert.That(answer.CurveAllowed, Is.True);
        var row = (CurveKeyRecord)_stage.Kept.Access[(AccessKind.CurveKey, named.Key)];
        Assert.That((row.Name, row.Account), Is.EqualTo(("by hand", (string?)null)));
    }

    private static Enrol WithCurve(Enrollee agent, EnrolmentToken token, byte[] secretHash) =>
        agent.Asking(token) with
        {
            CurveKey = CurveKey,
            CurveProof = KeyProofs.Prove(secretHash, KeyProofs.TextOfCurveKey(token.Id, agent.PublicKey, CurveKey)),
        };

    [TestCase(14, true)]
    [TestCase(15, false)]
    public void A_token_is_good_until_it_expires(int minutes, bool isGood)
    {
        var token = Enrollee.Token(_stage);
        _stage.Wall += TimeSpan.FromMinutes(minutes);
        Assert.That(
            new Enrollee(_stage).Enrol(token, 1),
            isGood ? Is.TypeOf<Enrolled>() : Has.Property("Code").EqualTo(ErrorCodes.Unauthenticated)
        );
    }

    [Test]
    public void A_token_that_was_taken_back_is_unknown()
    {
        var token = Enrollee.Token(_stage);
        var row = _stage.Kept.Access[(AccessKind.Enrolment, token.Id)];
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Forget(row)]));
        Assert.That(new Enrollee(_stage).Enrol(token, 1), Has.Property("Code").EqualTo(ErrorCodes.Unauthenticated));
    }

    [TestCase("office-7", null, null, true)]
    [TestCase("office-7", null, "office-7", true)]
    [TestCase("office-7", null, "office-8", false)]
    [TestCase(null, "office-*", "office-8", true)]
    [TestCase(null, "office-*", "store-8", false)]
    [TestCase(null, "office-*", null, false)]
    public void A_token_is_bound_to_a_name_or_to_a_pattern(
        string? handler,
        string? handlers,
        string? asked,
        bool isGood
    )
    {
        var token = Enrollee.Token(_stage, row => row with { Handler = handler, Handlers = handlers });
        Assert.That(
            new Enrollee(_stage).Enrol(token, 1, asked),
            isGood ? Is.TypeOf<Enrolled>() : Has.Property("Code").EqualTo(ErrorCodes.Forbidden)
        );
    }

    [Test]
    public void Who_may_choose_a_name_does_not_get_that_of_another()
    {
        _stage.Save(Stage.KeyOf("office-8"));
        var token = Enrollee.Token(_stage, row => row with { Handler = null, Handlers = "office-*" });
        Assert.That(
            new Enrollee(_stage).Enrol(token, 1, "office-8"),
            Has.Property("Code").EqualTo(ErrorCodes.Conflict)
        );
        Assert.That(
            new Enrollee(_stage).Enrol(token, 2, "office-9"),
            Is.TypeOf<Enrolled>(),
            "A refusal does not use the token up."
        );
    }

    [TestCase("10.0.0.9", true)]
    [TestCase("192.0.2.1", false)]
    [TestCase(null, false)]
    public void A_token_is_bound_to_addresses(string? address, bool isGood)
    {
        var token = Enrollee.Token(_stage, row => row with { Addresses = ["10.0.0.0/8"] });
        _stage.Do(new BrokerInput.Opened(1, "bridge", address, null, null));
        Assert.That(
            new Enrollee(_stage).Enrol(token, 1),
            isGood ? Is.TypeOf<Enrolled>() : Has.Property("Code").EqualTo(ErrorCodes.Forbidden)
        );
    }

    private static readonly TestCaseData[] Forgeries =
    [
        Forgery(
            "another key in the place of the agent's",
            (enrol, other) => enrol with { PublicKey = other.PublicKey },
            ErrorCodes.Unauthenticated
        ),
        Forgery(
            "another key with its own signature",
            (enrol, other) =>
                enrol with
                {
                    PublicKey = other.PublicKey,
                    Proof = KeyProofs.Sign(
                        other.Key,
                        KeyProofs.TextOfEnrol(enrol.TokenId, enrol.Handler, other.PublicKey)
                    ),
                },
            ErrorCodes.Unauthenticated
        ),
        Forgery("another name", (enrol, _) => enrol with { Handler = "office-7" }, ErrorCodes.Unauthenticated),
        Forgery("a name that is none", (enrol, _) => enrol with { Handler = "a|b" }, ErrorCodes.Unauthenticated),
        Forgery("an unknown token", (enrol, _) => enrol with { TokenId = "0123456789ab" }, ErrorCodes.Unauthenticated),
        Forgery("no proof of the token", (enrol, _) => enrol with { TokenProof = "" }, ErrorCodes.Unauthenticated),
        Forgery(
            "another's signature",
            (enrol, other) =>
                enrol with
                {
                    Proof = KeyProofs.Sign(
                        other.Key,
                        KeyProofs.TextOfEnrol(enrol.TokenId, enrol.Handler, enrol.PublicKey)
                    ),
                },
            ErrorCodes.Invalid
        ),
        Forgery("no signature", (enrol, _) => enrol with { Proof = "" }, ErrorCodes.Invalid),
    ];

    private static TestCaseData Forgery(string what, Func<Enrol, Enrollee, Enrol> forge, string code) =>
        new TestCaseData(forge, code).SetArgDisplayNames(what);

    [TestCaseSource(nameof(Forgeries))]
    public void Whoever_carries_an_enrolment_cannot_change_it(Func<Enrol, Enrollee, Enrol> forge, string code)
    {
        var token = Enrollee.Token(_stage);
        var agent = new Enrollee(_stage);
        Assert.That(
            agent.Enrol(forge(agent.Asking(token), new Enrollee(_stage)), 1),
            Has.Property("Code").EqualTo(code)
        );
        Assert.That(_stage.Kept.Keys, Is.Empty);
        Assert.That(agent.Enrol(token, 2), Is.TypeOf<Enrolled>(), "The token is still good.");
    }
}
