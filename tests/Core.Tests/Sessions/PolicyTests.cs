using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Sessions;

public sealed class PolicyTests
{
    private Stage _stage = null!;

    [SetUp]
    public void OpenStage() => _stage = new Stage();

    private T Change<T>(
        string[]? methods = null,
        string[]? groups = null,
        string[]? addresses = null,
        int? maxCapacity = null,
        string id = "default/h",
        string ns = "default"
    )
        where T : Answer =>
        _stage.Ask<T>(ticket => new BrokerInput.ChangeKey(ticket, ns, id, methods, groups, addresses, maxCapacity));

    [Test]
    public void Attempts_of_a_method_that_was_taken_away_are_fenced_off_and_the_others_go_on()
    {
        var peer = _stage.Join(1, "h", 4, "a", "b");
        var (a, b) = (_stage.Enqueue("a"), _stage.Enqueue("b"));
        var (ofA, ofB) = (
            peer.Assigned.Single(attempt => attempt.Job == a),
            peer.Assigned.Single(attempt => attempt.Job == b)
        );
        peer.Say(ReportEventTypes.Started, ofA);
        peer.Say(ReportEventTypes.Started, ofB);
        Change<Answer.KeyIs>(methods: ["b"]);

        Assert.That(
            _stage.SentTo<Cancel>(1).Single().Attempts.Single(),
            Is.EqualTo(new CancelledAttempt(ofA, "lost", 0))
        );
        Assert.That(
            _stage.ClosedOn(1).Single().Code,
            Is.EqualTo(ErrorCodes.Unavailable),
            "The connection is closed so that the handler says Hello again."
        );
        Assert.That(_stage.ClosedOn(1)[0].Reason, Does.Contain("policy was changed").And.Contain("Say Hello again"));
        Assert.That(_stage.Kept.Find(a).Ended!.Single().Error!.Message, Does.Contain("policy was changed"));
        Assert.That(_stage.Kept.Find(a).Current, Is.Null);

        _stage.Hello(2, Stage.HelloOf("h", 4, ["a", "b"], "i", new ResumedAttempt(ofB, ofB.Token)));
        var welcome = _stage.SentTo<Welcome>(2).Single();
        Assert.That(welcome.Methods, Is.EqualTo(new[] { "b" }));
        Assert.That(welcome.Resumed, Is.EqualTo(new[] { ofB }));
        var again = new Peer(_stage, 2);
        again.Say(ReportEventTypes.Succeeded, ofA);
        Assert.That(again.Acknowledged(ofA), Is.EqualTo("superseded"));
        again.Say(ReportEventTypes.Succeeded, ofB);
        Assert.That(_stage.Kept.Find(b).State, Is.EqualTo(JobState.Succeeded));
    }

    [Test]
    public void An_attempt_in_a_group_that_was_taken_away_is_fenced_off()
    {
        var peer = _stage.Join(1, Stage.HelloOf("h", 4, ["a"]) with { Groups = ["emea"] });
        var job = _stage.Enqueue(new JobSpec { Method = "a", Group = "emea" }).Id;
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
        Change<Answer.KeyIs>(groups: []);
        Assert.That(_stage.Kept.Find(job).Current, Is.Null);
    }

    [Test]
    public void Attempts_that_the_key_still_allows_go_on_in_a_group_and_in_none()
    {
        _stage.Join(1, Stage.HelloOf("h", 4, ["a"]) with { Groups = ["emea", "apac"] });
        var (plain, emea, apac) = (
            _stage.Enqueue("a"),
            _stage.Enqueue(new JobSpec { Method = "a", Group = "emea" }).Id,
            _stage.Enqueue(new JobSpec { Method = "a", Group = "apac" }).Id
        );
        Change<Answer.KeyIs>(groups: ["em*"]);
        Assert.That(
            new[] { plain, emea, apac }.Select(id => _stage.Kept.Find(id).Current is not null),
            Is.EqualTo(new[] { true, true, false })
        );
    }

    [Test]
    public void Nothing_is_given_to_a_handler_between_the_change_and_its_hello()
    {
        var peer = _stage.Join(1, "h", 4, "a");
        Change<Answer.KeyIs>(maxCapacity: 1);
        _stage.Enqueue("a");
        _stage.Enqueue("a");
        Assert.That(peer.Assigned, Is.Empty);
        Assert.That(_stage.Join(2, "h", 4, "a").Assigned, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_handler_at_an_address_that_was_taken_away_is_closed_for_good()
    {
        _stage.Save(Stage.KeyOf("h"));
        _stage.Do(new BrokerInput.Opened(1, "bridge", "192.0.2.1", new KeyClaim("default/h", [1, 2, 3]), null));
        var peer = _stage.Join(1, "h", 4, "a");
        var job = _stage.Enqueue("a");
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
        Change<Answer.KeyIs>(addresses: ["10.0.0.0/8"]);
        Assert.That(_stage.ClosedOn(1).Single().Code, Is.EqualTo(ErrorCodes.Forbidden));
        Assert.That(_stage.Kept.Find(job).Current, Is.Null);
    }

    [Test]
    public void What_is_not_given_stays()
    {
        _stage.Save(Stage.KeyOf("h", methods: "a") with { Addresses = ["10.0.0.0/8"], MaxCapacity = 7 });
        Change<Answer.KeyIs>(groups: ["x"]);
        Assert.That(Kept, Is.EqualTo(("a", "x", "10.0.0.0/8", (int?)7)));
        Change<Answer.KeyIs>(methods: ["b"]);
        Assert.That(Kept, Is.EqualTo(("b", "x", "10.0.0.0/8", (int?)7)));
    }

    [Test]
    public void What_is_given_takes_the_place_of_what_was()
    {
        _stage.Save(Stage.KeyOf("h", methods: "a") with { Addresses = ["10.0.0.0/8"], MaxCapacity = 7 });
        Change<Answer.KeyIs>(methods: ["b"], groups: ["y"], addresses: ["192.0.2.0/24"], maxCapacity: 3);
        Assert.That(Kept, Is.EqualTo(("b", "y", "192.0.2.0/24", (int?)3)));
    }

    private (string Method, string Group, string Address, int? MaxCapacity) Kept
    {
        get
        {
            var key = _stage.Kept.Keys["default/h"];
            return (key.Methods!.Single(), key.Groups!.Single(), key.Addresses!.Single(), key.MaxCapacity);
        }
    }

    [TestCase("none", "default", ErrorCodes.NotFound, "no handler's key \"none\"")]
    [TestCase("default/h", "tenant-b", ErrorCodes.NotFound, "no handler's key \"default/h\"")]
    [TestCase("service", "default", ErrorCodes.NotFound, "no handler's key \"service\"")]
    [TestCase("dead", "default", ErrorCodes.Conflict, "revoked, or has expired")]
    public void What_is_no_living_handlers_key_of_the_namespace_is_refused(
        string id,
        string ns,
        string code,
        string says
    )
    {
        _stage.Save(Stage.KeyOf("h"));
        _stage.Save(Stage.KeyOf("h") with { Id = "service", Kind = KeyKind.Service });
        _stage.Save(Stage.KeyOf("h") with { Id = "dead", RevokedAt = Stage.Noon });
        var refused = Change<Answer.Refused>(methods: ["x"], id: id, ns: ns);
        Assert.That(refused.Code, Is.EqualTo(code));
        Assert.That(refused.Detail, Does.Contain(says));
    }

    [Test]
    public void A_services_key_has_its_requests_to_change_and_a_handlers_key_all_else()
    {
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.CreateKey(
            ticket,
            new KeyRecord
            {
                Id = "service",
                SecretHash = [1],
                Kind = KeyKind.Service,
                Namespace = "default",
                Roles = ["viewer"],
                CreatedAt = default,
                CreatedBy = "test",
            }
        ));
        T Requests<T>(string id, int? perMinute = 500)
            where T : Answer =>
            _stage.Ask<T>(ticket => new BrokerInput.ChangeKey(ticket, "default", id, null, null, null, null)
            {
                RequestsPerMinute = perMinute,
            });
        var changed = Requests<Answer.KeyIs>("service").Key;
        Assert.That((changed.RequestsPerMinute, changed.Roles), Is.EqualTo(((int?)500, new[] { "viewer" })));
        Assert.That(Requests<Answer.KeyIs>("service", 600).Key.RequestsPerMinute, Is.EqualTo(600));
        Assert.That(
            Requests<Answer.KeyIs>("service", null).Key.RequestsPerMinute,
            Is.EqualTo(600),
            "nothing was given"
        );
        Assert.That(Change<Answer.Refused>(methods: ["a"], id: "service").Code, Is.EqualTo(ErrorCodes.NotFound));
        Assert.That(
            Change<Answer.Refused>(addresses: ["10.0.0.0/8"], id: "service").Code,
            Is.EqualTo(ErrorCodes.NotFound)
        );
        _stage.Join(1, "h", 4, "a");
        var refused = Requests<Answer.Refused>("default/h");
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.Invalid));
        Assert.That(refused.Detail, Does.Contain("Only a service's key makes requests"));
        refused = Requests<Answer.Refused>("nobody");
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.NotFound));
        Assert.That(refused.Detail, Does.Contain("no key \"nobody\""));
    }
}
