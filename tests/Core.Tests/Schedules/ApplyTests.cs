using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>Many schedules are saved and deleted at once, all or none.</summary>
public sealed class ApplyTests
{
    private static readonly ScheduleEditor Ana = new("user:ana", OfAny: false);

    private Stage _stage = null!;

    private IEnumerable<(string, int)> Saved =>
        _stage.Kept.Schedules.Values.Select(schedule => (schedule.Name, schedule.Version)).Order();

    [SetUp]
    public void Begin()
    {
        _stage = new Stage();
        Apply<Answer.SchedulesAre>([Save("old"), Save("gone")]);
    }

    private static AuditNote Note(string action) => new() { Actor = "user:ana", Action = action };

    private static BrokerInput.ScheduleSave Save(string name, int version = 0, string expression = "0 2 * * *") =>
        new(
            Ana,
            ScheduleTests.Draft(new TriggerRequest { Kind = TriggerKinds.Cron, Expression = expression }, name) with
            {
                Id = new Contracts.Ids.ScheduleId(Guid.NewGuid()),
                CreatedBy = "user:ana",
            },
            version,
            Note($"save {name}")
        );

    private static BrokerInput.ScheduleDrop Drop(string name, int version = 1, ScheduleEditor? by = null) =>
        new(by ?? Ana, name, version, Note($"drop {name}"));

    private T Apply<T>(BrokerInput.ScheduleSave[] saves, params BrokerInput.ScheduleDrop[] drops)
        where T : Answer =>
        _stage.Ask<T>(ticket => new BrokerInput.ApplySchedules(ticket, "default", saves, drops)
        {
            Audit = Note("apply"),
        });

    [Test]
    public void All_of_it_happens_and_each_part_is_noted()
    {
        var answer = Apply<Answer.SchedulesAre>([Save("new"), Save("old", 1, "0 3 * * *")], Drop("gone"));
        Assert.That(
            answer.Schedules.Select(schedule => (schedule.Name, schedule.Version)),
            Is.EqualTo(new[] { ("new", 1), ("old", 2) })
        );
        Assert.That(Saved, Is.EqualTo(new[] { ("new", 1), ("old", 2) }));
        Assert.That(
            string.Join(' ', _stage.Kept.AuditLines),
            Does.Contain("save new").And.Contain("save old").And.Contain("drop gone").And.Contain("apply")
        );
    }

    [TestCase("version", ErrorCodes.Conflict)]
    [TestCase("exists", ErrorCodes.Conflict)]
    [TestCase("dropped version", ErrorCodes.Conflict)]
    [TestCase("foreign", ErrorCodes.Forbidden)]
    [TestCase("trigger", ErrorCodes.Invalid)]
    [TestCase("room", ErrorCodes.Conflict)]
    public void Or_none_of_it(string wrong, string code)
    {
        Limit(3);
        var other = new ScheduleEditor("user:bea", OfAny: false);
        var refused = wrong switch
        {
            "version" => Apply<Answer.Refused>([Save("new"), Save("old", 7)]),
            "exists" => Apply<Answer.Refused>([Save("new"), Save("old")]),
            "dropped version" => Apply<Answer.Refused>([Save("new")], Drop("gone", 2)),
            "foreign" => Apply<Answer.Refused>([Save("new")], Drop("gone", 1, other)),
            "trigger" => Apply<Answer.Refused>([Save("new"), Save("bad", 0, "not cron")]),
            _ => Apply<Answer.Refused>([Save("new"), Save("more"), Save("most")], Drop("gone")),
        };
        Assert.That(refused.Code, Is.EqualTo(code));
        Assert.That(Saved, Is.EqualTo(new[] { ("gone", 1), ("old", 1) }));
    }

    [Test]
    public void What_is_dropped_makes_room_for_what_is_saved()
    {
        Limit(2);
        Apply<Answer.SchedulesAre>([Save("new")], Drop("gone"));
        Assert.That(Saved, Is.EqualTo(new[] { ("new", 1), ("old", 1) }));
    }

    [Test]
    public void What_is_changed_takes_no_more_room_and_goes_on_counting_from_when_it_was_made()
    {
        var everyHour = new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromHours(1) };
        BrokerInput.ScheduleSave Hourly(string name, int version) =>
            Save(name, version) with
            {
                Draft = Save(name).Draft with { Trigger = everyHour },
            };
        Limit(2);
        Apply<Answer.SchedulesAre>([Hourly("old", 1), Hourly("gone", 1)]);
        _stage.Advance(TimeSpan.FromMinutes(20));
        var saved = Apply<Answer.SchedulesAre>([Hourly("old", 2)]).Schedules.Single();
        Assert.That(
            (saved.Version, saved.CreatedAt, saved.NextNominal),
            Is.EqualTo((3, Stage.Noon, (DateTimeOffset?)Stage.Noon.AddHours(1)))
        );
    }

    [Test]
    public void What_is_changed_has_room_though_the_namespace_has_more_than_it_may()
    {
        Limit(1);
        Apply<Answer.SchedulesAre>([Save("old", 1)]);
        Assert.That(Saved, Is.EqualTo(new[] { ("gone", 1), ("old", 2) }));
    }

    [Test]
    public void On_a_full_disk_schedules_are_deleted_and_none_is_saved()
    {
        _stage.Do(new BrokerInput.DiskSeen(DiskLevel.Low, 0));
        Assert.That(Apply<Answer.Refused>([Save("new")], Drop("gone")).Code, Is.EqualTo(ErrorCodes.StorageFull));
        Apply<Answer.SchedulesAre>([], Drop("gone"));
        Assert.That(Saved, Is.EqualTo(new[] { ("old", 1) }));
    }

    private void Limit(int schedules)
    {
        var record = (NamespaceRecord)_stage.Kept.Access[(AccessKind.Namespace, "default")];
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Limits = new NamespaceLimits { Schedules = schedules } })]
        ));
    }
}
