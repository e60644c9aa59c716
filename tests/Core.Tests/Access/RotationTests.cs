using System.Security.Cryptography;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests.Access;

internal sealed class RotationTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private Stage _stage = null!;

    [SetUp]
    public void OpenStage() => _stage = new Stage();

    private T RotateKey<T>(string id, string newId, TimeSpan? overlap = null, string ns = "default")
        where T : Answer =>
        _stage.Ask<T>(ticket => new BrokerInput.RotateKey(
            ticket,
            ns,
            id,
            newId,
            [4, 5, 6],
            overlap ?? Day,
            "user:ana"
        ));

    private object Hello(string key, byte[] secret, long connection)
    {
        _stage.Do(
            new BrokerInput.HelloSaid(
                connection,
                Stage.HelloOf("h", 1, ["m"], $"i{connection}"),
                new KeyClaim(key, secret),
                $"s{connection}"
            )
        );
        return _stage
            .Said.OfType<Effect.Send>()
            .Last(send => send.Connection == connection && send.Message is Welcome or Refused)
            .Message;
    }

    [Test]
    public void Both_keys_are_good_until_the_overlap_ends()
    {
        _stage.Save(Stage.KeyOf("h", methods: "m") with { MaxCapacity = 3, Addresses = null });
        var next = RotateKey<Answer.KeyIs>("default/h", "new").Key;
        Assert.That(
            (next.Handler, next.MaxCapacity, next.Account, next.ExpiresAt, next.CreatedBy),
            Is.EqualTo(("h", (int?)3, "default/h", (DateTimeOffset?)null, "user:ana"))
        );
        Assert.That(new[] { Hello("default/h", [1, 2, 3], 1), Hello("new", [4, 5, 6], 2) }, Is.All.TypeOf<Welcome>());

        _stage.Wall += Day;
        _stage.Do();
        Assert.That(_stage.ClosedOn(1).Single().Code, Is.EqualTo(ErrorCodes.Revoked));
        Assert.That(_stage.ClosedOn(2), Is.Empty);
        Assert.That(Hello("default/h", [1, 2, 3], 3), Has.Property("Code").EqualTo(ErrorCodes.Revoked));
        Assert.That(Hello("new", [4, 5, 6], 4), Is.TypeOf<Welcome>());
    }

    [Test]
    public void Without_an_overlap_the_old_key_ends_at_once()
    {
        _stage.Save(Stage.KeyOf("h"));
        Hello("default/h", [1, 2, 3], 1);
        RotateKey<Answer.KeyIs>("default/h", "new", TimeSpan.Zero);
        Assert.That(_stage.ClosedOn(1).Single().Code, Is.EqualTo(ErrorCodes.Revoked));
    }

    [Test]
    public void Two_are_good_at_a_time_and_no_third()
    {
        _stage.Save(Stage.KeyOf("h"));
        RotateKey<Answer.KeyIs>("default/h", "second");
        foreach (var id in new[] { "default/h", "second" })
        {
            Assert.That(RotateKey<Answer.Refused>(id, "third").Code, Is.EqualTo(ErrorCodes.Conflict));
        }

        _stage.Wall += Day;
        var third = RotateKey<Answer.KeyIs>("second", "third").Key;
        Assert.That(third.Account, Is.EqualTo("default/h"), "The account is that of the first key.");
    }

    [Test]
    public void Of_a_hundred_rotations_at_once_one_happens()
    {
        _stage.Save(Stage.KeyOf("h"));
        var decision = _stage.Do([
            .. Enumerable
                .Range(0, 100)
                .Select(i => new BrokerInput.RotateKey(
                    new UncalledTicket(),
                    "default",
                    "default/h",
                    $"k{i}",
                    [4],
                    Day,
                    "x"
                )),
        ]);
        Assert.That(
            decision.Effects.OfType<Effect.Answer>().Count(answer => answer.Said is Answer.KeyIs),
            Is.EqualTo(1)
        );
        Assert.That(_stage.Kept.Keys, Has.Count.EqualTo(2));
    }

    [TestCase(10, 10)]
    [TestCase(1, 1)]
    public void A_new_key_lives_as_long_as_the_old_one_was_made_for_and_the_old_one_no_longer_than_before(
        int lifetimeHours,
        int oldEndsAfterHours
    )
    {
        _stage.Save(Stage.KeyOf("h") with { ExpiresAt = Stage.Noon.AddHours(lifetimeHours) });
        _stage.Wall = Stage.Noon.AddMinutes(30);
        var next = RotateKey<Answer.KeyIs>("default/h", "new").Key;
        Assert.That(next.ExpiresAt, Is.EqualTo(_stage.Wall.AddHours(lifetimeHours)));
        Assert.That(_stage.Kept.Keys["default/h"].ExpiresAt, Is.EqualTo(Stage.Noon.AddHours(oldEndsAfterHours)));
    }

    [TestCase(null, 5, 5)]
    [TestCase(10, 5, 5)]
    [TestCase(3, 5, 3)]
    public void A_new_key_ends_with_the_one_that_asked_for_it_at_the_latest(
        int? lifetimeHours,
        int askersHours,
        int expectedHours
    )
    {
        _stage.Save(
            Stage.KeyOf("h") with
            {
                ExpiresAt = lifetimeHours is { } hours ? Stage.Noon.AddHours(hours) : null,
            }
        );
        var next = _stage
            .Ask<Answer.KeyIs>(ticket => new BrokerInput.RotateKey(
                ticket,
                "default",
                "default/h",
                "new",
                [4],
                Day,
                "x",
                Stage.Noon.AddHours(askersHours)
            ))
            .Key;
        Assert.That(next.ExpiresAt, Is.EqualTo(Stage.Noon.AddHours(expectedHours)));
    }

    [Test]
    public void An_agent_whose_key_ends_gets_no_more_time_by_enrolment_or_rotation()
    {
        var end = Stage.Noon.AddHours(2);
        var agent = Enrollee.Enrolled(_stage, row => row with { KeyExpiresAt = end });
        Assert.That(_stage.Kept.Keys[agent.KeyId].ExpiresAt, Is.EqualTo(end));
        agent.Join(1);
        _stage.Wall = Stage.Noon.AddHours(1);
        var rotated = (Rotated)agent.Rotate(2, new Enrollee(_stage));
        Assert.That(_stage.Kept.Keys[rotated.KeyId].ExpiresAt, Is.EqualTo(end));
    }

    [TestCase("none", "default", ErrorCodes.NotFound, "no key \"none\"")]
    [TestCase("default/h", "tenant-b", ErrorCodes.NotFound, "no key \"default/h\"")]
    [TestCase("dead", "default", ErrorCodes.Conflict, "revoked, or has expired")]
    [TestCase("enrolled", "default", ErrorCodes.Conflict, "schedulezero agent rotate")]
    public void What_cannot_be_rotated_is_refused(string id, string ns, string code, string says)
    {
        _stage.Save(Stage.KeyOf("h"));
        _stage.Save(Stage.KeyOf("h") with { Id = "dead", RevokedAt = Stage.Noon });
        var agent = Enrollee.Enrolled(_stage);
        var refused = RotateKey<Answer.Refused>(id == "enrolled" ? agent.KeyId : id, "new", ns: ns);
        Assert.That(refused.Code, Is.EqualTo(code));
        Assert.That(refused.Detail, Does.Contain(says));
        Assert.That(_stage.Kept.Keys, Has.Count.EqualTo(3));
    }

    [Test]
    public void An_agent_rotates_its_key_and_both_are_good_for_a_day()
    {
        var agent = Enrollee.Enrolled(_stage, row => row with { Methods = ["m"] });
        agent.Join(1);
        var next = new Enrollee(_stage);
        var rotated = (Rotated)agent.Rotate(2, next);
        Assert.That(rotated.OldExpiresAt, Is.EqualTo(_stage.Wall + Day));
        next.Become(rotated, agent);
        next.Join(3, "new");
        agent.Join(4, "old");

        _stage.Wall += Day;
        _stage.Do();
        Assert.That(_stage.ClosedOn(4).Single().Code, Is.EqualTo(ErrorCodes.Revoked));
        Assert.That(next.Connect(5, "new"), Is.TypeOf<Welcome>());
        Assert.That(_stage.Kept.Keys[rotated.KeyId].Methods, Is.EqualTo(new[] { "m" }));
    }

    [Test]
    public void An_agent_that_did_not_hear_the_answer_gets_it_again_but_no_third_key()
    {
        var agent = Enrollee.Enrolled(_stage);
        var next = new Enrollee(_stage);
        var first = (Rotated)agent.Rotate(1, next);
        _stage.Restart();
        Assert.That(agent.Rotate(2, next), Is.EqualTo(first));
        Assert.That(agent.Rotate(3, new Enrollee(_stage)), Has.Property("Code").EqualTo(ErrorCodes.Conflict));
        Assert.That(_stage.Kept.Keys, Has.Count.EqualTo(2));
    }

    private static readonly TestCaseData[] Forgeries =
    [
        Forgery(
            "not signed by the old key",
            (rotate, _, next) => rotate with { Proof = rotate.NewProof },
            ErrorCodes.Unauthenticated
        ),
        Forgery(
            "a new key that is none",
            (rotate, agent, next) => agent.Sign(rotate with { PublicKey = "AAAA" }, next),
            ErrorCodes.Invalid
        ),
        Forgery(
            "not signed by the new key",
            (rotate, _, _) => rotate with { NewProof = rotate.Proof },
            ErrorCodes.Invalid
        ),
        Forgery(
            "another new key",
            (rotate, _, _) =>
                rotate with
                {
                    PublicKey = KeyProofs.Encode(
                        ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportSubjectPublicKeyInfo()
                    ),
                },
            ErrorCodes.Unauthenticated
        ),
        Forgery("another nonce", (rotate, _, _) => rotate with { Nonce = "nonce-x" }, ErrorCodes.Unauthenticated),
        Forgery(
            "the old key again",
            (rotate, agent, _) => agent.Sign(rotate with { PublicKey = agent.PublicKey }, agent),
            ErrorCodes.Invalid
        ),
        Forgery(
            "a guessed generation",
            (rotate, agent, next) => agent.Sign(rotate with { Generation = rotate.Generation + 1 }, next),
            ErrorCodes.Conflict
        ),
    ];

    private static TestCaseData Forgery(string what, Func<Rotate, Enrollee, Enrollee, Rotate> forge, string code) =>
        new TestCaseData(forge, code).SetArgDisplayNames(what);

    [TestCaseSource(nameof(Forgeries))]
    public void A_forged_rotation_is_refused_and_changes_nothing(
        Func<Rotate, Enrollee, Enrollee, Rotate> forge,
        string code
    )
    {
        var agent = Enrollee.Enrolled(_stage);
        var next = new Enrollee(_stage);
        Assert.That(
            agent.Say(forge(agent.Rotation(agent.Challenge(1), next), agent, next), 1),
            Has.Property("Code").EqualTo(code)
        );
        Assert.That(_stage.Kept.Keys, Has.Count.EqualTo(1));
        Assert.That(_stage.Kept.Keys[agent.KeyId].ExpiresAt, Is.Null);
    }

    [Test]
    public void A_copy_that_rotates_is_locked_with_all_that_came_of_it()
    {
        var agent = Enrollee.Enrolled(_stage);
        agent.Join(1);
        var own = agent.Generation;
        var thief = new Enrollee(_stage);
        thief.Become((Rotated)agent.Rotate(2, thief), agent);
        thief.Join(3, "thief");
        agent.Generation = own - 1;
        Assert.That(agent.Rotate(4, new Enrollee(_stage)), Has.Property("Code").EqualTo(ErrorCodes.Revoked));
        Assert.That(_stage.Kept.Keys.Values.Select(key => key.RevokedReason), Is.All.EqualTo(KeyRecord.Cloned));
        Assert.That(_stage.ClosedOn(3).Single().Code, Is.EqualTo(ErrorCodes.Revoked));
    }

    [Test]
    public void Whoever_holds_a_rotated_service_key_keeps_its_name()
    {
        _stage.Save(
            Stage.KeyOf("h") with
            {
                Id = "ci",
                Kind = KeyKind.Service,
                Handler = null,
                Roles = [Roles.Operator],
            }
        );
        Assert.That(RotateKey<Answer.KeyIs>("ci", "next").Key.AccountOrId, Is.EqualTo("ci"));
    }
}
