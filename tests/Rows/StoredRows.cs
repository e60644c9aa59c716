using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Pauses;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Rows;

/// <summary>
/// The rows of a store after the changes that it was given, in dictionaries. A start of the Broker loads them. A change
/// that does not fit the rows is accepted too.
/// </summary>
internal abstract class StoredRows
{
    public Dictionary<JobId, Job> Jobs { get; } = [];

    public Dictionary<JobId, (Job Job, RawJson Result)> Finished { get; } = [];

    public Dictionary<ScheduleId, Schedule> Schedules { get; } = [];

    public Dictionary<(string Namespace, string Name), HandlerRecord> Handlers { get; } = [];

    public Dictionary<string, KeyRecord> Keys { get; } = [];

    public Dictionary<(AccessKind Kind, string Key), AccessRecord> Access { get; } = [];

    public Dictionary<(string Namespace, string Key), Change.DeduplicationKept> Deduplications { get; } = [];

    public Dictionary<RateName, RateRecord> Rates { get; } = [];

    /// <summary>All batches, those that have ended included.</summary>
    public Dictionary<BatchId, Batch> Batches { get; } = [];

    public Dictionary<(string Namespace, string Name), CalendarRecord> Calendars { get; } = [];

    public Dictionary<(string Namespace, PauseSubject Subject, string Name), PauseRecord> Pauses { get; } = [];

    public Dictionary<(AlertRowKind Kind, string Namespace, string Key), AlertRow> Alerts { get; } = [];

    public AuditTail AuditTail { get; private set; } = AuditTail.Start;

    public void Keep(NamespaceRecord record) => Access[(record.Kind, record.Key)] = record;

    /// <summary>The state that a store with these rows gives to a start of the Broker at the instant.</summary>
    public virtual StoredState ToState(DateTimeOffset now) =>
        new()
        {
            Jobs = [.. Jobs.Values],
            Finished = [.. Finished.Values.Select(finished => finished.Job)],
            Schedules = [.. Schedules.Values],
            Handlers = [.. Handlers.Values],
            Keys = [.. Keys.Values],
            Access = [.. Access.Values],
            Deduplications = [.. Deduplications.Values.Where(key => key.Until > now)],
            Rates = [.. Rates.Values],
            Batches = [.. Batches.Values.Where(batch => batch.FinishedAt is null)],
            Calendars = [.. Calendars.Values],
            Pauses = [.. Pauses.Values],
            Alerts = [.. Alerts.Values],
            AuditTail = AuditTail,
        };

    public virtual void Apply(Change change)
    {
        switch (change)
        {
            case Change.JobAdded c:
                Jobs.Add(c.Job.Id, c.Job);
                break;
            case Change.JobAssigned c:
                Jobs[c.Id] = c.ApplyTo(Jobs[c.Id]);
                break;
            case Change.JobChanged c:
                Jobs[c.Job.Id] = c.Job;
                break;
            case Change.JobFinished c:
                Jobs.Remove(c.Job.Id);
                Finished[c.Job.Id] = (c.Job, c.Result);
                break;
            case Change.JobDropped c:
                Jobs.Remove(c.Id);
                break;
            case Change.AttemptSuperseded c:
                Supersede(c);
                break;
            default:
                ApplyRow(change);
                break;
        }
    }

    private void Supersede(Change.AttemptSuperseded change)
    {
        if (Jobs.TryGetValue(change.Id, out var job))
        {
            Jobs[change.Id] = change.ApplyTo(job);
        }
        else if (Finished.TryGetValue(change.Id, out var ended))
        {
            Finished[change.Id] = (change.ApplyTo(ended.Job), ended.Result);
        }
    }

    private void ApplyRow(Change change)
    {
        switch (change)
        {
            case Change.DeduplicationKept c:
                Deduplications[(c.Namespace, c.Key)] = c;
                break;
            case Change.DeduplicationReleased c:
                Deduplications.Remove((c.Namespace, c.Key));
                break;
            case Change.ScheduleSaved c:
                Schedules[c.Schedule.Id] = c.Schedule;
                break;
            case Change.ScheduleDeleted c:
                Schedules.Remove(c.Id);
                break;
            case Change.CalendarSaved c:
                Calendars[(c.Calendar.Namespace, c.Calendar.Name)] = c.Calendar;
                break;
            case Change.CalendarDeleted c:
                Calendars.Remove((c.Namespace, c.Name));
                break;
            case Change.PauseSaved { Pause: var pause }:
                Pauses[(pause.Namespace, pause.Subject, pause.Name)] = pause;
                break;
            case Change.PauseEnded c:
                Pauses.Remove((c.Namespace, c.Subject, c.Name));
                break;
            case Change.AlertRowSaved { Row: var row }:
                Alerts[(row.Kind, row.Namespace, row.Key)] = row;
                break;
            case Change.AlertRowDeleted c:
                Alerts.Remove((c.Kind, c.Namespace, c.Key));
                break;
            case Change.HandlerSaved c:
                Handlers[(c.Handler.Namespace, c.Handler.Name)] = c.Handler;
                break;
            case Change.HandlerDeleted c:
                Handlers.Remove((c.Namespace, c.Name));
                break;
            case Change.KeySaved c:
                Keys[c.Key.Id] = c.Key;
                break;
            case Change.AccessSaved c:
                Access[(c.Record.Kind, c.Record.Key)] = c.Record;
                break;
            case Change.AccessDeleted c:
                Access.Remove((c.Kind, c.Key));
                break;
            case Change.BatchSaved { Batch: var batch }:
                Batches[batch.Id] = batch;
                break;
            case Change.RateKept c:
                Rates[c.Rate.Of] = c.Rate;
                break;
            case Change.RateForgotten c:
                Rates.Remove(c.Of);
                break;
            case Change.AuditAppended c:
                AuditTail = new AuditTail(c.Block.Last, c.Block.Hash);
                break;
            case Change.LogAppended or Change.OccurrenceMissed or Change.OccurrenceMade or Change.ScheduleVersioned:
                break; // A start of the Broker loads nothing of these changes.
            default:
                throw new InvalidOperationException($"{change.GetType().Name} is not known here.");
        }
    }
}
