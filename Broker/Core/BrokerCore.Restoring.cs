using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Broker.Core;

/// <summary>Restores Core's memory from the store at a start of the Broker.</summary>
public sealed partial class BrokerCore
{
    /// <summary>
    /// The rows of the store that this start left out, because the store could not read them or because they make no
    /// sense here.
    /// </summary>
    public IReadOnlyList<UnreadableRow> Unreadable { get; private set; } = [];

    /// <summary>Restores the stored state, before the first input.</summary>
    public void Restore(StoredState stored, Moment now)
    {
        _clock.Begin(now);
        var rows = new RowRestorer();
        RestoreAccess(rows, stored);
        RestoreJobs(rows, stored, now);
        RestoreSchedules(rows, stored, now);
        rows.RestoreEach(
            StoredRowKind.Alert,
            stored.Alerts,
            row => $"{(int)row.Kind}\n{row.Namespace}\n{row.Key}",
            _alerts.Restore
        );
        Unreadable = [.. stored.Unreadable, .. rows.Unreadable];
        _access.Close(Unreadable.Select(row => row.AccessKey).OfType<(AccessKind, string)>());
        _handlers.LeaveAlone(Unreadable.Select(row => row.HandlerKey).OfType<(string, string)>());
        _namespaceCommands.Restore(now.Wall);
        _audit.Restore(stored.AuditTail);
    }

    private void RestoreAccess(RowRestorer rows, StoredState stored)
    {
        rows.RestoreEach(StoredRowKind.Key, stored.Keys, key => key.Id, _keys.Restore);
        rows.RestoreEach(
            StoredRowKind.Access,
            stored.Access,
            record => $"{(int)record.Kind}\n{record.Key}",
            _access.Restore
        );
        rows.RestoreEach(
            StoredRowKind.Handler,
            stored.Handlers,
            handler => $"{handler.Namespace}\n{handler.Name}",
            _handlers.Restore
        );
    }

    private void RestoreJobs(RowRestorer rows, StoredState stored, Moment now)
    {
        rows.RestoreEach(StoredRowKind.FinishedJob, stored.Finished, job => $"{job.Id}", _attempts.Recall);
        rows.RestoreEach(
            StoredRowKind.Batch,
            stored.Batches,
            batch => $"{batch.Namespace}\n{batch.Id}",
            _batches.Restore
        );
        // In order of arrival, so that equal jobs keep their order across a start.
        rows.RestoreEach(
            StoredRowKind.Job,
            stored.Jobs.OrderBy(job => job.EnqueuedAt),
            job => $"{job.Id}",
            job => _jobs.Restore(RowRestorer.RequireUnfinished(job), now)
        );
        rows.RestoreEach(
            StoredRowKind.Pause,
            stored.Pauses,
            pause => $"{pause.Namespace}\n{(int)pause.Subject}\n{pause.Name}",
            _pauses.Restore
        );
        rows.RestoreEach(
            StoredRowKind.RateLimit,
            stored.Rates,
            rate => $"{rate.Of.Namespace}\n{rate.Of.Name}",
            rate => _dispatcher.Restore(rate, now)
        );
        rows.RestoreEach(
            StoredRowKind.Deduplication,
            stored.Deduplications,
            key => $"{key.Namespace}\n{key.Key}",
            key => _jobs.Deduplication.Restore(key, now.Wall)
        );
    }

    private void RestoreSchedules(RowRestorer rows, StoredState stored, Moment now)
    {
        rows.RestoreEach(
            StoredRowKind.Calendar,
            stored.Calendars,
            calendar => $"{calendar.Namespace}\n{calendar.Name}",
            _calendars.Restore
        );
        // Newest first: of two schedules with one name, the later one was made while the other could not be read.
        rows.RestoreEach(
            StoredRowKind.Schedule,
            stored.Schedules.OrderByDescending(schedule => schedule.CreatedAt),
            schedule => $"{schedule.Id}",
            schedule => _schedules.Restore(schedule, now.Wall)
        );
    }
}
