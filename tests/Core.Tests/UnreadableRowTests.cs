using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests;

/// <summary>A row of the store that cannot be understood grants nothing, and is never overwritten.</summary>
public sealed class UnreadableRowTests
{
    private static Stage Without(AccessKind kind, string key)
    {
        var stage = new Stage();
        stage.Kept.Access.Remove((kind, key));
        stage.Unreadable.Add(new UnreadableRow(StoredRowKind.Access, $"{(int)kind}\n{key}", "test"));
        stage.Restart();
        return stage;
    }

    [TestCase(Names.DefaultNamespace)]
    [TestCase("tenant-a")]
    public void A_namespace_whose_row_cannot_be_read_is_closed(string ns)
    {
        var stage = Without(AccessKind.Namespace, ns);
        var refused = stage.Ask<Answer.Refused>(ticket => new BrokerInput.Enqueue(
            ticket,
            [stage.New(new JobSpec { Method = "m" }, ns)]
        ));
        Assert.That(
            refused.Code,
            Is.EqualTo(ErrorCodes.NotFound),
            "the rights and limits of the namespace are not known"
        );
        stage.Enqueue(new JobSpec { Method = "m" }, "tenant-b");
    }

    [Test]
    public void A_handler_of_a_namespace_whose_row_cannot_be_read_is_told_that_there_is_none()
    {
        var stage = Without(AccessKind.Namespace, "tenant-a");
        stage.Kept.Keys["tenant-a/h"] = Stage.KeyOf("h", "tenant-a");
        stage.Restart();
        stage.Hello(1, Stage.HelloOf("h", 1, ["m"]), "tenant-a");
        var refused = stage.SentTo<Refused>(1).Single();
        Assert.That((refused.Code, refused.Detail), Is.EqualTo((ErrorCodes.Forbidden, "There is no such namespace.")));
    }

    [TestCase(AccessKind.Namespace, "tenant-a")]
    [TestCase(AccessKind.Role, "auditor")]
    public void Nothing_is_made_in_its_place(AccessKind kind, string key)
    {
        var stage = Without(kind, key);
        AccessRecord made =
            kind == AccessKind.Namespace
                ? new NamespaceRecord
                {
                    Name = key,
                    CreatedAt = Stage.Noon,
                    CreatedBy = "test",
                }
                : new RoleRecord
                {
                    Name = key,
                    Rules = [],
                    CreatedAt = Stage.Noon,
                    CreatedBy = "test",
                };
        var refused = stage.Ask<Answer.Refused>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Add(made)]
        ));
        Assert.That((refused.Code, refused.Detail), Is.EqualTo((ErrorCodes.Conflict, refused.Detail)));
        Assert.That(refused.Detail, Does.Contain("cannot be read"));
        Assert.That(stage.Kept.Access, Does.Not.ContainKey((kind, key)));
    }

    [Test]
    public void A_handler_s_row_stays_as_it_is_until_the_handler_is_deleted()
    {
        var stage = new Stage();
        stage.Join(1, "h", 1, "m");
        stage.Kept.Handlers.Clear();
        stage.Unreadable.Add(new UnreadableRow(StoredRowKind.Handler, "default\nh", "test"));
        stage.Restart();
        var peer = stage.Join(2, "h", 1, "m");
        Assert.That(stage.Kept.Handlers, Is.Empty, "nothing is written over the row");
        stage.Enqueue("m");
        stage.Advance(1);
        Assert.That(peer.Assigned, Has.Count.EqualTo(1), "the handler works nevertheless");
        peer.Drop();
        stage.Advance(60);
        stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteHandler(ticket, "default", "h"));
        stage.Join(3, "h", 1, "m");
        Assert.That(stage.Kept.Handlers.Values.Single().Name, Is.EqualTo("h"));
    }

    [Test]
    public void A_row_that_cannot_be_taken_back_leaves_the_others_alone()
    {
        var stage = new Stage();
        var (odd, good) = (stage.Enqueue("m"), stage.Enqueue("m"));
        stage.Kept.Jobs[odd] = stage.Kept.Jobs[odd] with { State = JobState.Running };
        stage.Restart();
        Assert.That(
            stage.Core.Unreadable.Select(row => (row.Kind, row.Name)),
            Is.EqualTo(new[] { (StoredRowKind.Job, $"{odd}") })
        );
        stage.Advance(1);
        Assert.That(stage.Join(1, "h", 1, "m").Assigned.Select(attempt => attempt.Job), Is.EqualTo(new[] { good }));
    }

    [TestCase(StoredRowKind.Access, "6\nacme", "Namespace acme")]
    [TestCase(StoredRowKind.Calendar, "default\nholidays", "default/holidays")]
    public void A_row_is_named_as_a_person_reads_it(StoredRowKind kind, string key, string name) =>
        Assert.That(new UnreadableRow(kind, key, "test").Name, Is.EqualTo(name));
}
