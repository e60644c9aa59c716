using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Brings into the history what handlers ran while they were out of reach: each occurrence once, with the job id that
/// it would have had here. For each message the store is asked first which of these jobs it holds, so that a message
/// that is sent again counts once.
/// </summary>
internal sealed class OfflineRunIntake(
    CoreOptions options,
    OfflineStores stores,
    OfflineCustody custody,
    ScheduleSlots slots,
    ScheduleTable schedules,
    JobTable jobs,
    Reports reports,
    AuditLog audit
)
{
    /// <summary>
    /// How many messages of one handler may wait here. A handler is to wait for the answers before it sends more.
    /// </summary>
    private const int UnansweredMax = 64;

    /// <summary>Receives a handler's report about its offline runs.</summary>
    public void Receive(Session session, BrokerInput.RanSaid said, Decision decision)
    {
        session.Hear(decision.Now);
        if (
            !stores.IsConnected(session)
            || said.Runs.Count > Limits.OfflineRunsMax
            || session.UnansweredRuns.Count >= UnansweredMax
        )
        {
            reports.Strike(session, "offline runs that it cannot have, or too many at once", decision);
            return;
        }

        session.UnansweredRuns.Enqueue(said);
        if (session.UnansweredRuns.Count == 1)
        {
            GoOn(session, decision);
        }
    }

    /// <summary>
    /// Receives the store's answer which jobs of a report it holds. An answer is ignored when the session has ended, or
    /// waits for another answer now.
    /// </summary>
    /// <param name="session">The session that reported; null when its connection has none any more.</param>
    public void ReceivePresent(
        BrokerInput.RanSaid said,
        IReadOnlySet<JobId> present,
        Session? session,
        Decision decision
    )
    {
        if (session is not null && session.UnansweredRuns.TryPeek(out var asked) && ReferenceEquals(asked, said))
        {
            Accept(session, said, present, decision);
            End(session, said, decision);
            GoOn(session, decision);
        }
    }

    private void GoOn(Session session, Decision decision)
    {
        while (session.UnansweredRuns.TryPeek(out var said))
        {
            if (said.Runs.Count > 0 && Refusal(session, said, decision.Now.Wall) is { } why)
            {
                Refuse(session, said, why, decision);
            }
            else if (AskedOf(said) is { Count: > 0 } ids)
            {
                decision.Effects.Add(new Effect.LookUpOccurrences(new OccurrenceQuestion.OfOfflineRuns(said), ids));
                return;
            }
            else if (said.Runs.Count > 0)
            {
                Accept(session, said, new HashSet<JobId>(), decision);
            }

            End(session, said, decision);
        }
    }

    private void End(Session session, BrokerInput.RanSaid said, Decision decision)
    {
        session.UnansweredRuns.Dequeue();
        if (said.Last)
        {
            custody.Settle(session, decision);
        }
    }

    private static List<JobId> AskedOf(BrokerInput.RanSaid said) =>
        [
            .. said
                .Runs.Where(run => run.Outcome is OfflineOutcomes.Succeeded or OfflineOutcomes.Failed)
                .Select(run => IdOf(said.Copy!, run)),
        ];

    private static string? Refusal(Session session, BrokerInput.RanSaid said, DateTimeOffset now)
    {
        if (said.Copy is not { } copy)
        {
            return "The copy of the schedule does not bear this Broker's signature.";
        }

        if (copy.Namespace != session.Namespace || copy.Handler != session.Handler || copy.Store != session.Offer.Store)
        {
            return "The copy of the schedule was given to another handler, or to another store.";
        }

        if (TriggerClock.TryCreate(copy.Trigger, copy.CreatedAt, out _) is not { } clock)
        {
            return "The copy's trigger is not understood here any more.";
        }

        return
            said.Runs.FirstOrDefault(run =>
                run.Nominal <= copy.ValidFrom
                || run.Nominal > copy.ValidUntil
                || run.Nominal > now + OfflineStores.ClockSlack
                || clock.Next(run.Nominal, inclusive: true) != run.Nominal
            )
                is { } odd
            ? $"{odd.Nominal:O} is no instant that the copy of the schedule gave to the handler."
            : null;
    }

    private void Refuse(Session session, BrokerInput.RanSaid said, string why, Decision decision)
    {
        SessionNotes.OfflineRunsRefused(session, said.ClaimedId, audit, decision);
        Answer(session, said.ClaimedId, said.Runs, why, decision);
    }

    private void Accept(Session session, BrokerInput.RanSaid said, IReadOnlySet<JobId> present, Decision decision)
    {
        var copy = said.Copy!;
        var slot =
            schedules.Find(copy.Namespace, copy.Name) is { } found && found.Schedule.Id.Value == copy.ScheduleId
                ? found
                : null;
        var known = new HashSet<JobId>(present);
        foreach (var run in said.Runs)
        {
            Accept(session, copy, slot, run, known, decision);
            if (OfflineOutcomes.IsFinal(run.Outcome) && slot?.RunningOffline?.Remove(run.Nominal) == true)
            {
                slots.Arm(slot); // Another occurrence may have waited for the end of this run.
            }
        }

        Answer(session, copy.ScheduleId, said.Runs, null, decision);
    }

    /// <param name="slot">The schedule of the copy; null when it was deleted meanwhile.</param>
    /// <param name="known">The jobs that the store holds, and those of the runs before this one.</param>
    private void Accept(
        Session session,
        KeptSchedule copy,
        ScheduleSlot? slot,
        OfflineRun run,
        HashSet<JobId> known,
        Decision decision
    )
    {
        var isNew = slot is not null && !(slot.Schedule.Passed >= run.Nominal);
        if (isNew)
        {
            schedules.Pass(slot!, run.Nominal, copy.Version, decision);
        }

        switch (run.Outcome)
        {
            case OfflineOutcomes.Running:
                NoteRunning(session, slot, run.Nominal, isNew, decision);
                break;
            case OfflineOutcomes.Missed when isNew:
                schedules.Miss(
                    slot!,
                    run.Nominal,
                    ReportBounds.Cut(run.Reason, Limits.ErrorMessageLengthMax) ?? "its handler gave no reason",
                    decision
                );
                break;
            case OfflineOutcomes.Succeeded
            or OfflineOutcomes.Failed when IdOf(copy, run) is var id && (known.Add(id) || jobs.Find(id) is not null):
                AcceptEnd(session, copy, slot, run, decision);
                break;
            default:
                break; // The run is known already, or its outcome is of a later version of the protocol.
        }
    }

    private void NoteRunning(Session session, ScheduleSlot? slot, DateTimeOffset nominal, bool isNew, Decision decision)
    {
        if (slot is not null)
        {
            (slot.RunningOffline ??= []).Add(nominal);
            schedules.Unqueue(slot, nominal, decision);
        }

        if (isNew)
        {
            // The row stands until the end is reported; should that never come, the instant is not without a trace.
            decision.Changes.Add(
                new Change.OccurrenceMissed(
                    slot!.Schedule.Id,
                    nominal,
                    $"handler {session.Handler} runs it, since before it came back; its job will "
                        + "stand here when it has ended"
                )
            );
        }
    }

    private void AcceptEnd(Session session, KeptSchedule copy, ScheduleSlot? slot, OfflineRun run, Decision decision)
    {
        var (outcome, error, result) = OutcomeOf(run);
        var attempt = new Attempt
        {
            Token = 0, // The job sets the token.
            Number = Math.Clamp(run.Attempts, 1, Limits.MaxAttemptsMax),
            Handler = session.Handler,
            Instance = session.Instance,
            Session = session.Id,
            AssignedAt = run.StartedAt ?? run.Nominal,
            StartedAt = run.StartedAt ?? run.Nominal,
            FinishedAt = run.FinishedAt ?? decision.Now.Wall,
            Outcome = outcome,
            Error = error,
        };
        var id = IdOf(copy, run);
        if (jobs.Find(id) is { } unfinished)
        {
            // The Broker had made the job before it noticed that the handler was gone.
            jobs.Step(unfinished, new JobEvent.RanOffline(attempt), decision, result);
        }
        else
        {
            Record(copy, run, attempt, result, decision);
            if (slot is not null)
            {
                Count(session, slot, run.Nominal, decision);
            }
        }

        if (LinesOf(run) is { Count: > 0 } lines)
        {
            decision.Changes.Add(new Change.LogAppended(id, lines));
        }
    }

    /// <summary>Makes the finished job of an occurrence of which the Broker has no job.</summary>
    private void Record(KeptSchedule copy, OfflineRun run, Attempt attempt, RawJson result, Decision decision)
    {
        var id = IdOf(copy, run);
        var spec = new JobSpec
        {
            Method = copy.Method,
            Handler = copy.Handler,
            Store = copy.Store,
            Timeout = copy.Timeout,
            Retry = copy.Retry,
            Tags = copy.Tags,
        };
        DateTimeOffset? effective =
            copy.Jitter > TimeSpan.Zero ? OccurrenceId.Effective(id, run.Nominal, copy.Jitter) : null;
        var occurrence = new Occurrence(
            new ScheduleId(copy.ScheduleId),
            copy.Name,
            copy.Version,
            run.Nominal,
            OccurrenceOrigin.Offline,
            effective
        );
        jobs.Record(
            new NewJob(id, copy.Namespace, spec, copy.Params, null, $"schedule:{copy.Name}"),
            occurrence,
            attempt,
            result,
            decision
        );
        decision.Changes.Add(new Change.OccurrenceMade(occurrence.ScheduleId, run.Nominal));
    }

    private void Count(Session session, ScheduleSlot slot, DateTimeOffset nominal, Decision decision)
    {
        schedules.Unqueue(slot, nominal, decision);
        schedules.CountRun(slot, nominal, decision);
        Firing.Publish(
            "schedule.fired",
            slot.Schedule,
            $"{nominal:O}, at handler {session.Handler}, which was out of reach",
            decision
        );
    }

    private (AttemptOutcome Outcome, AttemptError? Error, RawJson Result) OutcomeOf(OfflineRun run) =>
        run.Outcome == OfflineOutcomes.Failed ? (AttemptOutcome.Failed, ReportBounds.Of(run.Error), default)
        : run.Result.Utf8.Length > options.ResultBytesMax
            ? (AttemptOutcome.Failed, ReportBounds.TooLarge(run.Result, options.ResultBytesMax), default)
        : (AttemptOutcome.Succeeded, (AttemptError?)null, run.Result);

    private static List<LogEntry> LinesOf(OfflineRun run)
    {
        var lines = new List<LogEntry>();
        var sequence = 0L;
        foreach (var line in (run.Log ?? []).Take(Limits.OfflineLogLinesMax))
        {
            sequence = Math.Max(sequence + 1, line.At.UtcTicks / 10);
            lines.Add(
                new LogEntry(
                    sequence,
                    line.Attempt,
                    line.At,
                    LogLevels.Known(line.Level),
                    ReportBounds.Cut(line.Message, Limits.LogMessageLengthMax)
                )
            );
        }

        return lines;
    }

    private static void Answer(
        Session session,
        Guid schedule,
        IReadOnlyList<OfflineRun> runs,
        string? refused,
        Decision decision
    )
    {
        var nominals = runs.Where(run => refused is not null || OfflineOutcomes.IsFinal(run.Outcome))
            .Select(run => run.Nominal)
            .ToList();
        if (nominals.Count > 0 && session.Connection is { } connection)
        {
            decision.Effects.Add(new Effect.Send(connection.Number, new Taken(schedule, nominals, refused)));
        }
    }

    private static JobId IdOf(KeptSchedule copy, OfflineRun run) =>
        OccurrenceId.Of(new ScheduleId(copy.ScheduleId), run.Nominal);
}
