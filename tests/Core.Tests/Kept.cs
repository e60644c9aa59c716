using System.Text;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests;

/// <summary>What a store would hold after the changes that it was given, and no more than that.</summary>
internal sealed class Kept
{
    public Dictionary<JobId, Job> Jobs { get; } = [];

    public Dictionary<JobId, (Job Job, RawJson Result)> Finished { get; } = [];

    public Dictionary<ScheduleId, Schedule> Schedules { get; } = [];

    public Dictionary<(string Namespace, string Name), HandlerRecord> Handlers { get; } = [];

    public Dictionary<string, KeyRecord> Keys { get; } = [];

    public Dictionary<(AccessKind Kind, string Key), AccessRecord> Access { get; } = new[] { "default", "tenant-a", "tenant-b", "a", "b", "loud", "quiet" }
        .Select(AccessRecord (ns) => new NamespaceRecord { Name = ns, CreatedAt = default, CreatedBy = "test", Version = 1 })
        .ToDictionary(record => (record.Kind, record.Key));

    public Dictionary<(string Namespace, string Key), Change.DeduplicationKept> Deduplications { get; } = [];

    public Dictionary<RateName, RateRecord> Rates { get; } = [];

    public Dictionary<BatchId, Batch> Batches { get; } = [];

    public Dictionary<(string Namespace, string Name), CalendarRecord> Calendars { get; } = [];

    public List<Change.OccurrenceMissed> Missed { get; } = [];

    public List<Schedule> Versions { get; } = [];

    public List<Change.AttemptSuperseded> Superseded { get; } = [];

    public List<LogEntry> Lines { get; } = [];

    /// <summary>Every job that a schedule made, in order.</summary>
    public List<Job> Made { get; } = [];

    public List<AuditBlock> Audit { get; } = [];

    public AuditTail AuditTail => Audit.Count == 0 ? AuditTail.Start : new AuditTail(Audit[^1].Last, Audit[^1].Hash);

    /// <summary>The lines of the audit log as they would be exported.</summary>
    public IEnumerable<string> AuditLines => Audit.SelectMany(block => Encoding.UTF8.GetString(block.Lines).Split('\n'));

    public Job Find(JobId id) => Jobs.TryGetValue(id, out var job) ? job : Finished[id].Job;

    public void Apply(Change change)
    {
        switch (change)
        {
            case Change.JobAdded c:
                Jobs.Add(c.Job.Id, c.Job);
                if (c.Job.Occurrence is not null)
                {
                    Made.Add(c.Job);
                }

                break;
            case Change.JobAssigned c:
                var job = Jobs[c.Id];
                if (c.Attempt.Token <= job.Token || job.Current is not null)
                {
                    throw new InvalidOperationException($"Job {c.Id} with token {job.Token}, open: {job.Current}, got {c.Attempt}.");
                }

                Jobs[c.Id] = job with { State = JobState.Running, Current = c.Attempt, Token = c.Attempt.Token, AttemptsUsed = c.AttemptsUsed };
                break;
            case Change.JobChanged c:
                Jobs[c.Job.Id] = Jobs.ContainsKey(c.Job.Id) ? c.Job : throw new InvalidOperationException($"{c.Job.Id} is not kept.");
                break;
            case Change.JobFinished c:
                if (!Jobs.Remove(c.Job.Id))
                {
                    throw new InvalidOperationException($"{c.Job.Id} finished and was not kept.");
                }

                Finished.Add(c.Job.Id, (c.Job, c.Result));
                break;
            default:
                ApplyOther(change);
                break;
        }
    }

    private void Append(AuditBlock block)
    {
        var lines = block.Lines.Count(b => b == '\n') + 1;
        if (block.First != AuditTail.Sequence + 1 || block.Count != lines || block.Count > AuditBlock.CountMax || block.Lines.Length > AuditBlock.BytesMax
            || block.LastAt < block.FirstAt || block.LastAt - block.FirstAt > AuditBlock.SpanMax)
        {
            throw new InvalidOperationException($"A block of {block.Count} events, {lines} lines, from {block.First} came after event {AuditTail.Sequence}.");
        }

        Audit.Add(block);
    }

    private void ApplyOther(Change change)
    {
        switch (change)
        {
            case Change.AttemptSuperseded c:
                Superseded.Add(c);
                break;
            case Change.LogAppended c:
                Lines.AddRange(c.Lines);
                break;
            case Change.DeduplicationKept c:
                Deduplications[(c.Namespace, c.Key)] = c;
                break;
            case Change.DeduplicationReleased c:
                Deduplications.Remove((c.Namespace, c.Key));
                break;
            case Change.ScheduleSaved c:
                Schedules[c.Schedule.Id] = c.Schedule;
                break;
            case Change.ScheduleVersioned c:
                Versions.Add(c.Schedule);
                break;
            case Change.ScheduleDeleted c:
                Schedules.Remove(c.Id);
                break;
            case Change.OccurrenceMissed c:
                Missed.Add(c);
                break;
            case Change.OccurrenceMade c:
                Missed.RemoveAll(row => row.Id == c.Id && row.Nominal == c.Nominal);
                break;
            case Change.CalendarSaved c:
                Calendars[(c.Calendar.Namespace, c.Calendar.Name)] = c.Calendar;
                break;
            case Change.CalendarDeleted c:
                Calendars.Remove((c.Namespace, c.Name));
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
                Append(c.Block);
                break;
            default:
                throw new InvalidOperationException($"{change.GetType().Name} is not known here.");
        }
    }
}
