using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Pauses;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests.Stores;

/// <summary>
/// At least one change of each kind, always the same, with every field set. The form of the store on disk is compared
/// with what these changes write.
/// </summary>
internal static partial class SampleChanges
{
    public static IReadOnlyList<Change> All { get; } =
    [
        .. OfJobs(),
        .. OfSchedules(),
        .. OfCalendars(),
        .. OfPauses(),
        .. OfAlerts(),
        .. OfHandlersAndKeys(),
        .. OfAccess(),
        .. OfTheRest(),
    ];

    private static DateTimeOffset Noon => Given.Noon;

    private static Guid Guid(int number) => new(number, 7, 0x7000, 0x80, 1, 2, 3, 4, 5, 6, 7);

    private static JobId JobId(int number) => new(Guid(number));

    private static IEnumerable<Change> OfJobs()
    {
        var waiting = Job(1);
        var running = Job(2);
        var finished = Job(3);
        var dropped = Job(4) with { Namespace = "gone" };
        yield return waiting.Added(RawJson.Parse($"\"{new string('p', 2_000)}\""));
        yield return running.Added();
        yield return finished.Added();
        yield return dropped.Added();
        yield return new Change.JobChanged(waiting with { State = JobState.Scheduled, Error = Given.Error() });
        yield return new Change.JobAssigned(running.Id, Attempt(5), AttemptsUsed: 2);
        yield return new Change.LogAppended(
            running.Id,
            [new LogEntry(1, 5, Noon, "information", "a line"), new LogEntry(2, 5, Noon.AddSeconds(1), "error", "")]
        );
        yield return new Change.JobFinished(
            finished with
            {
                State = JobState.Succeeded,
                Token = 2,
                AttemptsUsed = 2,
                Ended = [Attempt(1, AttemptOutcome.Lost), Attempt(2, AttemptOutcome.Succeeded)],
                FinishedAt = Noon.AddMinutes(3),
            },
            RawJson.Parse("""{"pages":3}""")
        );
        yield return new Change.AttemptSuperseded(finished.Id, 1, Noon.AddMinutes(4), Given.Error("too late"));
        yield return new Change.JobDropped(dropped.Id);
        var changed = Job(5);
        yield return changed.Added();
        yield return new Change.JobChanged(changed with { Version = 2 }) { Params = RawJson.Parse("""{"pages":4}""") };
    }

    private static Job Job(int number) =>
        new()
        {
            Id = JobId(number),
            Namespace = "default",
            Spec = new JobSpec
            {
                Method = "reports.render",
                Handler = "office-7",
                Group = "emea",
                Store = "store-7",
                Priority = -5,
                StartDeadline = Noon.AddHours(1),
                Timeout = TimeSpan.FromMinutes(3),
                Retry = new RetryPolicy(7, BackoffKind.Linear, TimeSpan.FromSeconds(2), TimeSpan.FromHours(1), 0.5),
                DeduplicationKey = "k",
                DeduplicationWindow = TimeSpan.FromDays(1),
                ParamsHash = 123_456_789_012,
                ConcurrencyKey = "db-7",
                ConcurrencyLimit = 3,
                RateLimit = new RateLimit("mail", 100, TimeSpan.FromMinutes(1)),
                Tags = ["a", "b"],
            },
            State = JobState.Ready,
            RunAt = Noon,
            EnqueuedAt = Noon,
            CreatedBy = "user:ana",
            Occurrence = new Occurrence(
                new ScheduleId(Guid(50)),
                "nightly",
                3,
                Noon,
                OccurrenceOrigin.Backfilled,
                Noon.AddSeconds(7)
            ),
            ReplayOf = JobId(90),
            Chain = new Chain([JobId(91), JobId(92)], AfterFailure.Run, [JobId(92)])
            {
                BrokenBy = new AwaitedEnd(JobId(91), JobState.Expired),
            },
            Batch = new BatchId(Guid(60)),
            Completes = new Completion(
                new BatchId(Guid(61)),
                new CompletedBatch(new BatchId(Guid(61)), 10, 4, 3, 2, 1, "night")
            ),
            StoredBytes = 321,
        };

    private static Attempt Attempt(int token, AttemptOutcome? outcome = null) =>
        new()
        {
            Token = token,
            Number = token,
            Handler = "office-7",
            Instance = "i1",
            Session = "s1",
            Bridge = "b1",
            AssignedAt = Noon,
            StartedAt = Noon.AddSeconds(1),
            CancelRequestedAt = Noon.AddSeconds(2),
            FinishedAt = outcome is null ? null : Noon.AddSeconds(3),
            Outcome = outcome,
            Error = outcome is AttemptOutcome.Lost ? Given.Error() : null,
        };

    private static IEnumerable<Change> OfSchedules()
    {
        var schedule = Schedule();
        yield return new Change.ScheduleSaved(schedule);
        yield return new Change.ScheduleVersioned(schedule with { Version = 2 });
        yield return new Change.ScheduleVersioned(schedule);
        yield return new Change.OccurrenceMissed(schedule.Id, Noon, "overlap");
        yield return new Change.OccurrenceMissed(schedule.Id, Noon.AddHours(1), "excluded", Noon.AddHours(3), 9);
        yield return new Change.OccurrenceMissed(schedule.Id, Noon.AddHours(5), "broker was down");
        yield return new Change.OccurrenceMade(schedule.Id, Noon.AddHours(5));
        var deleted = schedule with { Id = new ScheduleId(Guid(51)), Name = "deleted" };
        yield return new Change.ScheduleSaved(deleted);
        yield return new Change.ScheduleVersioned(deleted);
        yield return new Change.OccurrenceMissed(deleted.Id, Noon, "overlap");
        yield return new Change.ScheduleDeleted(deleted.Id);
    }

    private static Schedule Schedule() =>
        new()
        {
            Id = new ScheduleId(Guid(50)),
            Namespace = "default",
            Name = "nightly",
            Version = 3,
            Trigger = new TriggerRequest
            {
                Kind = TriggerKinds.AnyOf,
                Triggers =
                [
                    new TriggerRequest
                    {
                        Kind = TriggerKinds.Cron,
                        Expression = "0 2 * * *",
                        TimeZone = "Europe/Berlin",
                    },
                    new TriggerRequest
                    {
                        Kind = TriggerKinds.Interval,
                        Every = TimeSpan.FromSeconds(90),
                        StartAt = Noon,
                    },
                    new TriggerRequest
                    {
                        Kind = TriggerKinds.CalendarInterval,
                        Months = 1,
                        TimeOfDay = "08:30",
                        StartOn = new DateOnly(2026, 3, 1),
                    },
                    new TriggerRequest { Kind = TriggerKinds.Once, At = Noon.AddDays(1) },
                ],
            },
            Job = Job(1).Spec,
            Params = Given.Params,
            Misfire = MisfirePolicy.Earliest,
            CatchUpWindow = TimeSpan.FromHours(2),
            Overlap = OverlapPolicy.Queue,
            Jitter = TimeSpan.FromMinutes(5),
            StartAt = Noon,
            EndAt = Noon.AddYears(1),
            MaxOccurrences = 1_000,
            ExcludeCalendars = ["holidays"],
            Offline = OfflinePolicy.Run,
            Keeping = new Keeping("office-7", "store-7", Noon, Noon.AddHours(6)),
            Paused = true,
            PauseNote = "for a while",
            ResumeAt = Noon.AddDays(2),
            NextNominal = Noon.AddHours(12),
            ExcludedFrom = Noon.AddHours(11),
            Passed = Noon.AddHours(10),
            PlannedFrom = Noon.AddHours(9),
            ServedAhead = Noon.AddHours(8),
            LastNominal = Noon.AddHours(7),
            Queued = Noon.AddHours(6),
            CoveredUntil = Noon.AddHours(5),
            Occurrences = 17,
            Missed = 4,
            Backfill = new Backfill
            {
                From = Noon.AddDays(-2),
                To = Noon.AddDays(-1),
                Total = 24,
                Overlap = OverlapPolicy.Queue,
                RequestedBy = "user:ana",
                RequestedAt = Noon,
                Next = Noon.AddDays(-1),
                Made = 20,
                Present = 3,
                LastJob = JobId(93),
                EndedAt = Noon.AddMinutes(1),
                CancelledBy = "user:ben",
            },
            BackfilledUntil = Noon.AddDays(-1),
            CreatedAt = Noon,
            ChangedAt = Noon.AddTicks(1),
            CreatedBy = "user:ana",
            GivenTo = "user:ben",
            ChangedBy = "user:cleo",
        };

    private static IEnumerable<Change> OfPauses()
    {
        var pause = new PauseRecord
        {
            Namespace = "default",
            Subject = PauseSubject.Method,
            Name = "reports.render",
            Reason = "The printer is mended",
            By = "user:ana",
            At = Given.Noon,
            Until = Given.Noon.AddHours(1),
        };
        yield return new Change.PauseSaved(pause);
        yield return new Change.PauseSaved(pause with { Name = "mail.send", Until = null });
        yield return new Change.PauseSaved(pause with { Name = "ended" });
        yield return new Change.PauseEnded("default", PauseSubject.Method, "ended");
    }

    private static IEnumerable<Change> OfCalendars()
    {
        var calendar = new CalendarRecord
        {
            Namespace = "default",
            Name = "holidays",
            Version = 3,
            Description = "Days off",
            TimeZone = "Europe/Berlin",
            Dates = [new DateOnly(2026, 5, 1)],
            Ranges = [new DateRange(new DateOnly(2026, 12, 24), new DateOnly(2027, 1, 1))],
            Weekdays = [DayOfWeek.Saturday, DayOfWeek.Sunday],
            ImportedUntil = new DateOnly(2036, 1, 1),
            ImportNotes = ["a note"],
            CreatedAt = Noon,
            ChangedAt = Noon.AddTicks(1),
            CreatedBy = "user:ana",
            ChangedBy = "user:ben",
        };
        yield return new Change.CalendarSaved(calendar);
        yield return new Change.CalendarSaved(calendar with { Name = "deleted" });
        yield return new Change.CalendarDeleted("default", "deleted");
    }

    private static IEnumerable<Change> OfTheRest()
    {
        var until = new DateTimeOffset(2999, 1, 1, 0, 0, 0, TimeSpan.Zero);
        yield return new Change.DeduplicationKept(
            "default",
            "k",
            JobId(3),
            until,
            new KeyHolder("reports.render", 5, JobState.Succeeded, Noon, Noon.AddMinutes(3), 2, "user:ana")
        );
        yield return new Change.DeduplicationKept("default", "released", JobId(3), until);
        yield return new Change.DeduplicationReleased("default", "released");
        var rate = new RateName("default", RateScope.Method, "reports.render", TimeSpan.FromMinutes(1));
        yield return new Change.RateKept(new RateRecord(rate, TimeSpan.FromMinutes(1), [new RateSlice(Noon, 3)]));
        var forgotten = rate with { Name = "forgotten" };
        yield return new Change.RateKept(new RateRecord(forgotten, TimeSpan.FromMinutes(1), [new RateSlice(Noon, 3)]));
        yield return new Change.RateForgotten(forgotten);
        var batch = new Batch
        {
            Id = new BatchId(Guid(60)),
            Namespace = "default",
            Name = "night",
            Total = 10,
            Succeeded = 4,
            Failed = 3,
            Cancelled = 2,
            CreatedAt = Noon,
            CreatedBy = "user:ana",
            StartedAt = Noon.AddMinutes(1),
            CancelRequestedAt = Noon.AddMinutes(3),
            CompletionJob = JobId(94),
        };
        yield return new Change.BatchSaved(batch);
        var ended = batch with { Id = new BatchId(Guid(61)) };
        yield return new Change.BatchSaved(ended);
        yield return new Change.BatchSaved(ended with { Expired = 1, FinishedAt = Noon.AddMinutes(4) });
        yield return new Change.AuditAppended(
            new AuditBlock(1, 2, Noon, Noon.AddSeconds(1), [1, 2, 3], "{\"a\":1}\n{\"b\":2}"u8.ToArray())
        );
    }
}
