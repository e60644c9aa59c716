using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>What users are told when a command on schedules or calendars is refused.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ScheduleRefusalTests
{
    private static readonly ScheduleEditor Bob = new("user:bob", OfAny: false);

    private static readonly Schedule Draft = ScheduleTests.Draft(
        new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 2 * * *" }
    );

    private static readonly CalendarRecord Calendar = new()
    {
        Namespace = "default",
        Name = "weekend",
        Version = 0,
        CreatedAt = default,
        ChangedAt = default,
        CreatedBy = "test",
        ChangedBy = "test",
    };

    private readonly Stage _stage = new();

    private (string Code, string Detail) Refusal(Func<Ticket, BrokerInput.Request> input)
    {
        var refused = _stage.Ask<Answer.Refused>(input);
        return (refused.Code, refused.Detail);
    }

    private (string Code, string Detail) Save(Schedule draft, bool mustBeNew = false, int? version = null) =>
        Refusal(ticket => new BrokerInput.SaveSchedule(ticket, Stage.Editor, draft, mustBeNew, version));

    private (string Code, string Detail) Apply(ScheduleEditor by, int version, Schedule? draft = null) =>
        Refusal(ticket => new BrokerInput.ApplySchedules(
            ticket,
            "default",
            [new(by, draft ?? Draft, version, new AuditNote { Actor = by.Name, Action = "schedules:save" })],
            []
        ));

    private void Limit(NamespaceLimits limits)
    {
        var record = (NamespaceRecord)_stage.Kept.Access[(AccessKind.Namespace, "default")];
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Limits = limits })]
        ));
    }

    [Test]
    public void Schedule_that_is_not_there_is_named()
    {
        (string, string)[] refusals =
        [
            Refusal(ticket => new BrokerInput.DeleteSchedule(ticket, Stage.Editor, "default", "x")),
            Refusal(ticket => new BrokerInput.PauseSchedule(ticket, Stage.Editor, "default", "x", null, null)),
            Refusal(ticket => new BrokerInput.ResumeSchedule(ticket, Stage.Editor, "default", "x")),
            Refusal(ticket => new BrokerInput.TriggerSchedule(ticket, "default", "x", default, "test")),
            Refusal(ticket => new BrokerInput.CancelBackfill(ticket, "default", "x", "test")),
        ];
        Assert.That(refusals, Is.All.EqualTo((ErrorCodes.NotFound, "There is no schedule \"x\".")));
    }

    [Test]
    public void Schedule_that_exists_or_has_another_version_says_which()
    {
        Assert.That(
            Save(Draft, version: 3),
            Is.EqualTo((ErrorCodes.Conflict, "The schedule is at version 0, not 3: read it again."))
        );
        ScheduleTests.Save(_stage, Draft);
        Assert.That(
            Save(Draft, mustBeNew: true),
            Is.EqualTo((ErrorCodes.Conflict, "The schedule \"s\" exists, in version 1."))
        );
        Assert.That(
            Save(Draft, version: 2),
            Is.EqualTo((ErrorCodes.Conflict, "The schedule is at version 1, not 2: read it again."))
        );
        Assert.That(
            Refusal(ticket => new BrokerInput.CancelBackfill(ticket, "default", "s", "test")),
            Is.EqualTo((ErrorCodes.Conflict, "No backfill of this schedule is under way."))
        );
    }

    [Test]
    public void Schedule_that_was_given_another_method_is_not_triggered()
    {
        ScheduleTests.Save(_stage, Draft);
        Assert.That(
            Refusal(ticket => new BrokerInput.TriggerSchedule(ticket, "default", "s", default, "test", Method: "old")),
            Is.EqualTo((ErrorCodes.Conflict, "The schedule was given another method meanwhile."))
        );
    }

    [Test]
    public void Schedule_of_another_names_its_owner_and_the_permission()
    {
        ScheduleTests.Save(_stage, Draft);
        (string Code, string Detail)[] refusals =
        [
            Refusal(ticket => new BrokerInput.SaveSchedule(ticket, Bob, Draft, false, null)),
            Refusal(ticket => new BrokerInput.DeleteSchedule(ticket, Bob, "default", "s")),
            Refusal(ticket => new BrokerInput.PauseSchedule(ticket, Bob, "default", "s", null, null)),
            Refusal(ticket => new BrokerInput.ResumeSchedule(ticket, Bob, "default", "s")),
            Apply(Bob, 1),
        ];
        Assert.That(refusals.Select(refused => refused.Code), Is.All.EqualTo(ErrorCodes.Forbidden));
        Assert.That(refusals.Select(refused => refused.Detail), Is.All.Contains("schedules:write-any"));
        Assert.That(refusals[0].Detail, Does.Contain("\"s\" is test's").And.Contain("schedules:pause"));
        Assert.That(refusals[^1].Detail, Does.Contain("\"s\" belongs to test").And.Contain("Nothing was changed"));
    }

    [Test]
    public void Namespace_without_room_for_a_schedule_says_so()
    {
        Limit(new NamespaceLimits { Schedules = 0 });
        Assert.That(Save(Draft), Is.EqualTo((ErrorCodes.Conflict, "The namespace has as many schedules as it may.")));
        Assert.That(
            Apply(Stage.Editor, 0),
            Is.EqualTo(
                (ErrorCodes.Conflict, "The namespace would have more schedules than it may. Nothing was changed.")
            )
        );
    }

    [Test]
    public void Schedules_from_before_a_start_of_the_broker_take_room()
    {
        Limit(new NamespaceLimits { Schedules = 1 });
        ScheduleTests.Save(_stage, Draft);
        _stage.Restart();
        Assert.That(
            Save(Draft with { Name = "other" }),
            Is.EqualTo((ErrorCodes.Conflict, "The namespace has as many schedules as it may."))
        );
    }

    [Test]
    public void Full_disk_is_named_before_a_namespace_that_is_not_there_and_that_before_all_else()
    {
        (string Code, string Detail)[] Refusals() =>
            [
                Save(Draft with { Namespace = "nowhere" }, version: 4),
                Refusal(ticket => new BrokerInput.ApplySchedules(
                    ticket,
                    "nowhere",
                    [
                        new(
                            Stage.Editor,
                            Draft with
                            {
                                Namespace = "nowhere",
                            },
                            4,
                            new AuditNote { Actor = "a", Action = "b" }
                        ),
                    ],
                    []
                )),
                Refusal(ticket => new BrokerInput.SaveCalendar(
                    ticket,
                    Calendar with
                    {
                        Namespace = "nowhere",
                    },
                    false,
                    4
                )),
            ];
        Assert.That(Refusals(), Is.All.EqualTo((ErrorCodes.NotFound, "There is no such namespace.")));
        _stage.Do(new BrokerInput.DiskSeen(DiskLevel.Low, 0));
        Assert.That(Refusals().Select(refused => refused.Code), Is.All.EqualTo(ErrorCodes.StorageFull));
    }

    [Test]
    public void Apply_says_which_schedule_stands_in_its_way()
    {
        Assert.That(
            Apply(Stage.Editor, 4),
            Is.EqualTo(
                (ErrorCodes.Conflict, "The schedule \"s\" was changed meanwhile. Nothing was changed: apply again.")
            )
        );
        Assert.That(
            Apply(Stage.Editor, 0, Draft with { ExcludeCalendars = ["weekend"] }),
            Is.EqualTo(
                (
                    ErrorCodes.Invalid,
                    "s: excludeCalendars: There is no calendar \"weekend\" in this namespace. Nothing was changed."
                )
            )
        );
        var bad = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "never" };
        Assert.That(Apply(Stage.Editor, 0, Draft with { Trigger = bad }).Detail, Does.StartWith("s: trigger."));
        Assert.That(Save(Draft with { Trigger = bad }).Detail, Does.StartWith("trigger."));
    }

    [Test]
    public void Calendar_that_is_not_there_exists_or_has_another_version_says_so()
    {
        Assert.That(
            Refusal(ticket => new BrokerInput.DeleteCalendar(ticket, "default", "weekend")),
            Is.EqualTo((ErrorCodes.NotFound, "There is no calendar \"weekend\"."))
        );
        _stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(ticket, Calendar, true, null));
        Assert.That(
            Refusal(ticket => new BrokerInput.SaveCalendar(ticket, Calendar, true, null)),
            Is.EqualTo((ErrorCodes.Conflict, "The calendar \"weekend\" exists, in version 1."))
        );
        Assert.That(
            Refusal(ticket => new BrokerInput.SaveCalendar(ticket, Calendar, false, 2)),
            Is.EqualTo((ErrorCodes.Conflict, "The calendar is at version 1, not 2: read it again."))
        );
        Assert.That(
            Refusal(ticket => new BrokerInput.SaveCalendar(ticket, Calendar with { Name = "new" }, false, 2)),
            Is.EqualTo((ErrorCodes.Conflict, "The calendar is at version 0, not 2: read it again."))
        );
    }

    [Test]
    public void Namespace_with_all_its_calendars_takes_changes_of_them_and_no_new_one()
    {
        for (var number = 1; number <= Limits.CalendarsMax; number++)
        {
            var calendar = Calendar with { Name = $"c{number}" };
            _stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(ticket, calendar, true, null));
        }

        Assert.That(
            Refusal(ticket => new BrokerInput.SaveCalendar(ticket, Calendar, false, null)),
            Is.EqualTo((ErrorCodes.Conflict, "The namespace has as many calendars as it may: 200."))
        );
        _stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(
            ticket,
            Calendar with
            {
                Name = "c1",
            },
            false,
            1
        ));
    }
}
