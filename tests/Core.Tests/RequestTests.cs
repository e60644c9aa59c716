using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Core.Tests.Schedules;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests;

/// <summary>The Core answers each kind of request exactly once, so that no caller waits for ever.</summary>
public sealed class RequestTests
{
    private static readonly TriggerRequest Hourly = new() { Kind = TriggerKinds.Cron, Expression = "0 * * * *" };

    private static CalendarRecord Calendar { get; } =
        new()
        {
            Namespace = "default",
            Name = "c",
            Version = 0,
            CreatedAt = default,
            ChangedAt = default,
            CreatedBy = "test",
            ChangedBy = "test",
        };

    private static readonly Func<Ticket, BrokerInput.Request>[] Samples =
    [
        ticket => new BrokerInput.Enqueue(
            ticket,
            [new NewJob(default, "default", new() { Method = "m" }, default, null, "test")]
        ),
        ticket => new BrokerInput.CancelBatch(ticket, "default", default),
        ticket => new BrokerInput.CancelJob(ticket, "default", default, null),
        ticket => new BrokerInput.RetryJob(ticket, "default", default),
        ticket => new BrokerInput.ChangeJob(ticket, "default", default, new JobChanges { Priority = 1 }),
        ticket => new BrokerInput.ActOnJobs(ticket, "default", [default], new JobAct.Retry(), _ => true),
        ticket => new BrokerInput.SaveSchedule(ticket, Stage.Editor, ScheduleTests.Draft(Hourly), false, null),
        ticket => new BrokerInput.DeleteSchedule(ticket, Stage.Editor, "default", "none"),
        ticket => new BrokerInput.PauseSchedule(ticket, Stage.Editor, "default", "none", null, null),
        ticket => new BrokerInput.ResumeSchedule(ticket, Stage.Editor, "default", "none"),
        ticket => new BrokerInput.TriggerSchedule(ticket, "default", "none", default, "test"),
        ticket => new BrokerInput.ApplySchedules(ticket, "default", [], []),
        ticket => new BrokerInput.BackfillSchedule(
            ticket,
            "default",
            "none",
            1,
            Stage.Noon,
            Stage.Noon,
            1,
            OverlapPolicy.Allow,
            "test"
        ),
        ticket => new BrokerInput.CancelBackfill(ticket, "default", "none", "test"),
        ticket => new BrokerInput.SaveCalendar(ticket, Calendar, false, null),
        ticket => new BrokerInput.DeleteCalendar(ticket, "default", "none"),
        ticket => new BrokerInput.CreateKey(ticket, Stage.KeyOf("h")),
        ticket => new BrokerInput.RevokeKey(ticket, "default", "none"),
        ticket => new BrokerInput.RotateKey(ticket, "default", "none", "new", [1], TimeSpan.Zero, "test"),
        ticket => new BrokerInput.ChangeKey(ticket, "default", "none", null, null, null, null),
        ticket => new BrokerInput.ChangeAccess(ticket, []),
        ticket => new BrokerInput.DeleteNamespace(ticket, "none"),
        ticket => new BrokerInput.DrainHandler(ticket, "default", "none", true),
        ticket => new BrokerInput.DisconnectHandler(ticket, "default", "none"),
        ticket => new BrokerInput.DeleteHandler(ticket, "default", "none"),
        ticket => new BrokerInput.PauseMethod(ticket, "default", "m", "mended", "test", null),
        ticket => new BrokerInput.ResumeMethod(ticket, "default", "m"),
        ticket => new BrokerInput.SaveAlertChannel(ticket, Alerts.AlertTests.Channel("ops")),
        ticket => new BrokerInput.SaveAlertRule(ticket, Alerts.AlertTests.Failures),
        ticket => new BrokerInput.MuteAlertRule(ticket, "default", "none", null, null, "test"),
        ticket => new BrokerInput.DeleteAlertRule(ticket, "default", "none"),
        ticket => new BrokerInput.DeleteAlertChannel(ticket, "default", "none"),
        ticket => new BrokerInput.Read(ticket, _ => null),
        ticket => new BrokerInput.NoteDown(ticket),
        ticket => new BrokerInput.CheckpointAudit(ticket, new AuditPoint(), "key", "signature"),
    ];

    [Test]
    public void Each_kind_of_request_is_answered_once()
    {
        var kinds = typeof(BrokerInput).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(BrokerInput.Request)));
        Assert.That(
            Samples.Select(sample => sample(new UncalledTicket()).GetType()),
            Is.EquivalentTo(kinds),
            "there is a sample for each kind of request"
        );
        foreach (var sample in Samples)
        {
            var stage = new Stage();
            var ticket = new UncalledTicket();
            var answer = stage
                .Do(sample(ticket))
                .Effects.OfType<Effect.Answer>()
                .Single(answer => answer.Ticket == ticket)
                .Said;
            Assert.That(
                (answer as Answer.Refused)?.Code,
                Is.Not.EqualTo(ErrorCodes.Unavailable),
                sample(ticket).GetType().Name
            );
        }
    }
}
