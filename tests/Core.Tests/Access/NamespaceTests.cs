using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Access;

[Parallelizable(ParallelScope.All)]
public sealed class NamespaceTests
{
    private const string Tenant = "tenant-b";

    private static readonly JobSpec Spec = new() { Method = "m" };

    private static void Limit(Stage stage, NamespaceLimits limits)
    {
        var record = (NamespaceRecord)stage.Kept.Access[(AccessKind.Namespace, Tenant)];
        stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Limits = limits })]
        ));
    }

    private static string RefusalOf(Stage stage, params NewJob[] jobs) =>
        stage.Ask<Answer.Refused>(ticket => new BrokerInput.Enqueue(ticket, jobs)).Code;

    private static Schedule Draft(string name) =>
        new()
        {
            Id = new ScheduleId(Guid.NewGuid()),
            Namespace = Tenant,
            Name = name,
            Version = 1,
            Trigger = new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromMinutes(1) },
            Job = Spec,
            CreatedAt = Stage.Noon,
            ChangedAt = Stage.Noon,
            CreatedBy = "test",
        };

    private static void Save(Stage stage, string name) =>
        stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.SaveSchedule(
            ticket,
            Stage.Editor,
            Draft(name),
            true,
            null
        ));

    [Test]
    public void Nothing_enters_a_namespace_that_does_not_exist()
    {
        var stage = new Stage();
        Assert.That(RefusalOf(stage, stage.New(Spec, "nowhere")), Is.EqualTo(ErrorCodes.NotFound));
        Assert.That(
            stage
                .Ask<Answer.Refused>(ticket => new BrokerInput.SaveSchedule(
                    ticket,
                    Stage.Editor,
                    Draft("s") with
                    {
                        Namespace = "nowhere",
                    },
                    true,
                    null
                ))
                .Code,
            Is.EqualTo(ErrorCodes.NotFound)
        );
        Assert.That(
            stage.Ask<Answer.Refused>(ticket => new BrokerInput.CreateKey(ticket, Stage.KeyOf("h", "nowhere"))).Code,
            Is.EqualTo(ErrorCodes.NotFound)
        );
    }

    [Test]
    public void Waiting_jobs_are_taken_up_to_the_limit_all_of_a_batch_or_none()
    {
        var stage = new Stage();
        Limit(stage, new NamespaceLimits { WaitingJobs = 2 });
        Assert.That(
            RefusalOf(stage, stage.New(Spec, Tenant), stage.New(Spec, Tenant), stage.New(Spec, Tenant)),
            Is.EqualTo(ErrorCodes.RateLimited)
        );
        stage.Enqueue(Spec, Tenant);
        stage.Enqueue(Spec, Tenant, stage.Wall + TimeSpan.FromDays(1));
        Assert.That(RefusalOf(stage, stage.New(Spec, Tenant)), Is.EqualTo(ErrorCodes.RateLimited));
        stage.Enqueue(Spec);
        Assert.That(
            stage.Core.State.Usage(Tenant),
            Is.EqualTo(new NamespaceUsage(2, 0, 0, 0)),
            "jobs of another namespace do not count"
        );
    }

    [Test]
    public void Stored_bytes_are_counted_from_the_last_measurement_on()
    {
        var stage = new Stage();
        Limit(stage, new NamespaceLimits { StoredBytes = 1000 });
        NewJob Job(int bytes) =>
            stage.New(Spec, Tenant) with
            {
                Params = RawJson.Parse($"\"{new string('x', bytes - 2)}\""),
            };
        stage.Enqueue([Job(2000)]);
        Assert.That(stage.Core.State.Usage(Tenant).StoredBytes, Is.Null, "not measured yet");
        stage.Do(new BrokerInput.NamespaceMeasured(Tenant, 700));
        Assert.That(RefusalOf(stage, Job(301)), Is.EqualTo(ErrorCodes.RateLimited));
        stage.Enqueue([Job(200)]);
        Assert.That(stage.Core.State.Usage(Tenant).StoredBytes, Is.EqualTo(900));
        Assert.That(
            RefusalOf(stage, Job(60), Job(60)),
            Is.EqualTo(ErrorCodes.RateLimited),
            "a batch is refused as a whole"
        );
        stage.Do(new BrokerInput.NamespaceMeasured(Tenant, 10));
        stage.Enqueue([Job(301)]);
    }

    [Test]
    public void A_job_that_runs_or_has_ended_makes_room_also_across_a_restart()
    {
        var stage = new Stage();
        Limit(stage, new NamespaceLimits { WaitingJobs = 1 });
        stage.Enqueue(Spec, Tenant);
        var peer = stage.Join(1, Stage.HelloOf("h", 10, ["m"]), Tenant);
        Assert.That(stage.Core.State.Usage(Tenant), Is.EqualTo(new NamespaceUsage(0, 1, 0, 1)));
        stage.Restart();
        Assert.That(stage.Core.State.Usage(Tenant), Is.EqualTo(new NamespaceUsage(0, 1, 0, 1)));
        stage.Enqueue(Spec, Tenant);
        Assert.That(RefusalOf(stage, stage.New(Spec, Tenant)), Is.EqualTo(ErrorCodes.RateLimited));
        Assert.That(peer, Is.Not.Null);
    }

    [Test]
    public void A_deduplication_key_that_is_taken_needs_no_room()
    {
        var stage = new Stage();
        Limit(stage, new NamespaceLimits { WaitingJobs = 1 });
        var first = stage.Enqueue(Spec with { DeduplicationKey = "k" }, Tenant);
        Assert.That(stage.Enqueue(Spec with { DeduplicationKey = "k" }, Tenant).Id, Is.EqualTo(first.Id));
    }

    [Test]
    public void No_more_jobs_run_at_once_than_the_namespace_may_and_others_are_not_held_up()
    {
        var stage = new Stage();
        Limit(stage, new NamespaceLimits { RunningJobs = 2 });
        for (var i = 0; i < 5; i++)
        {
            stage.Enqueue(Spec, Tenant);
            stage.Enqueue(Spec);
        }

        var peer = stage.Join(1, Stage.HelloOf("h", 10, ["m"]), Tenant);
        var other = stage.Join(2, Stage.HelloOf("h", 10, ["m"]));
        Assert.That(peer.Assigned, Has.Count.EqualTo(2));
        Assert.That(other.Assigned, Has.Count.EqualTo(5));
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(peer.Assigned, Has.Count.EqualTo(3), "one job ended, so one more began");
        Limit(stage, new NamespaceLimits());
        stage.Advance(1);
        Assert.That(peer.Assigned, Has.Count.EqualTo(5));
    }

    [Test]
    public void An_occurrence_that_finds_no_room_is_missed_with_its_reason()
    {
        var stage = new Stage();
        Limit(stage, new NamespaceLimits { WaitingJobs = 1 });
        Save(stage, "s");
        stage.Advance(TimeSpan.FromMinutes(1));
        stage.Advance(TimeSpan.FromMinutes(1));
        Assert.That(stage.Kept.Jobs, Has.Count.EqualTo(1));
        Assert.That(stage.Kept.Missed.Select(missed => missed.Reason), Is.Not.Empty.And.All.Contains("waiting jobs"));
        Assert.That(
            stage
                .Ask<Answer.Refused>(ticket => new BrokerInput.TriggerSchedule(
                    ticket,
                    Tenant,
                    "s",
                    stage.NewId(),
                    "test"
                ))
                .Code,
            Is.EqualTo(ErrorCodes.RateLimited)
        );
    }

    [Test]
    public void Schedules_and_handlers_are_taken_up_to_the_limit()
    {
        var stage = new Stage();
        Limit(stage, new NamespaceLimits { Schedules = 1, Handlers = 1 });
        Save(stage, "s");
        Assert.That(
            stage
                .Ask<Answer.Refused>(ticket => new BrokerInput.SaveSchedule(
                    ticket,
                    Stage.Editor,
                    Draft("t"),
                    true,
                    null
                ))
                .Code,
            Is.EqualTo(ErrorCodes.Conflict)
        );
        stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteSchedule(ticket, Stage.Editor, Tenant, "s"));
        Save(stage, "t");
        stage.Join(1, Stage.HelloOf("h", 1, ["m"]), Tenant);
        stage.Hello(2, Stage.HelloOf("h2", 1, ["m"]), Tenant);
        Assert.That(stage.SentTo<Refused>(2).Single().Code, Is.EqualTo(ErrorCodes.Unavailable));
    }

    [Test]
    public void A_deleted_namespace_closes_at_once_empties_itself_and_goes_when_the_store_is_done()
    {
        var stage = new Stage();
        var user = new UserRecord
        {
            Id = "u",
            UserName = "u",
            NormalizedName = "U",
            Roles = [new("viewer", Tenant), new("viewer", "default")],
            CreatedAt = default,
            CreatedBy = "x",
        };
        stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Add(user)]));
        Save(stage, "s");
        for (var i = 0; i < 1200; i++)
        {
            stage.Enqueue(Spec, Tenant);
        }

        var other = stage.Enqueue(Spec).Id;
        var peer = stage.Join(1, Stage.HelloOf("h", 10, ["m"]), Tenant);
        Assert.That(peer.Assigned, Has.Count.EqualTo(10));
        stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteNamespace(ticket, Tenant));
        Assert.That(stage.Said.OfType<Effect.Close>().Single().Code, Is.EqualTo(ErrorCodes.Revoked));
        Assert.That(RefusalOf(stage, stage.New(Spec, Tenant)), Is.EqualTo(ErrorCodes.NotFound));
        Assert.That(
            ((UserRecord)stage.Kept.Access[(AccessKind.User, "u")]).Roles,
            Is.EqualTo(new[] { new RoleGrant("viewer", "default") })
        );

        // The Broker stops in the middle of the deletion, and goes on with it after its start.
        stage.Restart();
        for (var i = 0; i < 10 && !stage.Said.OfType<Effect.NamespaceEmptied>().Any(); i++)
        {
            stage.Advance(0.1);
        }

        Assert.That(
            stage.Said.OfType<Effect.NamespaceEmptied>().Select(effect => effect.Namespace),
            Is.EqualTo(new[] { Tenant })
        );
        Assert.That(stage.Kept.Jobs.Keys, Is.EqualTo(new[] { other }));
        Assert.That(
            stage.Kept.Finished.Values.Count(ended => ended.Job.Namespace == Tenant),
            Is.LessThanOrEqualTo(10),
            "waiting jobs are not written into the history"
        );
        Assert.That(stage.Kept.Schedules, Is.Empty);
        Assert.That(stage.Kept.Handlers, Is.Empty);
        Assert.That(
            stage.Kept.Keys.Values.Where(key => key.Namespace == Tenant).Select(key => key.RevokedAt),
            Is.All.Not.Null
        );
        var again = new NamespaceRecord
        {
            Name = Tenant,
            CreatedAt = default,
            CreatedBy = "x",
        };
        Assert.That(
            stage.Ask<Answer.Refused>(ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Add(again)])).Code,
            Is.EqualTo(ErrorCodes.Conflict),
            "the name is not free yet"
        );
        stage.Do(new BrokerInput.NamespacePurged(Tenant));
        stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Add(again)]));
        stage.Enqueue(Spec, Tenant);
    }

    [Test]
    public void The_namespace_default_stays()
    {
        var stage = new Stage();
        Assert.That(
            stage.Ask<Answer.Refused>(ticket => new BrokerInput.DeleteNamespace(ticket, "default")).Code,
            Is.EqualTo(ErrorCodes.Conflict)
        );
        Assert.That(
            stage.Ask<Answer.Refused>(ticket => new BrokerInput.DeleteNamespace(ticket, "nowhere")).Code,
            Is.EqualTo(ErrorCodes.NotFound)
        );
    }

    [TestCase("10.1.2.3", null)]
    [TestCase("192.168.0.1", "192.168.0.1")]
    [TestCase(null, "a straight ZeroMQ link, whose address is not known,")]
    public void Handlers_enter_from_the_namespaces_addresses_only(string? address, string? refusedAs)
    {
        var stage = new Stage();
        var record = (NamespaceRecord)stage.Kept.Access[(AccessKind.Namespace, Tenant)];
        stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Addresses = ["10.0.0.0/8"] })]
        ));
        stage.Do(new BrokerInput.Opened(1, "bridge", address, null, null));
        stage.Hello(1, Stage.HelloOf("h", 1, ["m"]), Tenant);
        Assert.That(stage.SentTo<Welcome>(1).Any(), Is.EqualTo(refusedAs is null));
        Assert.That(
            stage.SentTo<Refused>(1).Select(refused => (refused.Code, refused.Detail)),
            Is.EqualTo(
                refusedAs is null
                    ? []
                    : new[]
                    {
                        (
                            ErrorCodes.Forbidden,
                            $"The namespace is bound to addresses, and {refusedAs} is none of them."
                        ),
                    }
            )
        );
    }
}
