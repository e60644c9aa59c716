using System.Text;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Rows;

namespace ScheduleZero.Core.Tests;

/// <summary>
/// The rows of a store after the changes that it was given. A change that does not fit the rows throws.
/// </summary>
internal sealed class Kept : StoredRows
{
    public Kept()
    {
        foreach (var ns in (string[])["default", "tenant-a", "tenant-b", "a", "b", "loud", "quiet"])
        {
            Keep(
                new NamespaceRecord
                {
                    Name = ns,
                    CreatedAt = default,
                    CreatedBy = "test",
                    Version = 1,
                }
            );
        }
    }

    public List<Change.OccurrenceMissed> Missed { get; } = [];

    public List<Schedule> Versions { get; } = [];

    public List<Change.AttemptSuperseded> Superseded { get; } = [];

    public List<LogEntry> Lines { get; } = [];

    /// <summary>Every job that a schedule made, in order.</summary>
    public List<Job> Made { get; } = [];

    public List<AuditBlock> Audit { get; } = [];

    /// <summary>The lines of the audit log, as an export writes them.</summary>
    public IEnumerable<string> AuditLines =>
        Audit.SelectMany(block => Encoding.UTF8.GetString(block.Lines).Split('\n'));

    public Job Find(JobId id) => Jobs.TryGetValue(id, out var job) ? job : Finished[id].Job;

    public override void Apply(Change change)
    {
        Check(change);
        base.Apply(change);
        switch (change)
        {
            case Change.JobAdded { Job: { Occurrence: not null } job }:
                Made.Add(job);
                break;
            case Change.AttemptSuperseded c:
                Superseded.Add(c);
                break;
            case Change.LogAppended c:
                Lines.AddRange(c.Lines);
                break;
            case Change.ScheduleVersioned c:
                Versions.Add(c.Schedule);
                break;
            case Change.OccurrenceMissed c:
                Missed.RemoveAll(row => row.Id == c.Id && row.Nominal == c.Nominal);
                Missed.Add(c);
                break;
            case Change.OccurrenceMade c:
                Missed.RemoveAll(row => row.Id == c.Id && row.Nominal == c.Nominal);
                break;
            case Change.AuditAppended c:
                Audit.Add(c.Block);
                break;
            default:
                break; // These changes only touch rows.
        }
    }

    private void Check(Change change)
    {
        switch (change)
        {
            case Change.JobAssigned c:
                var job = Jobs[c.Id];
                Require(
                    c.Attempt.Token > job.Token && job.Current is null,
                    () => $"Job {c.Id} with token {job.Token}, open: {job.Current}, got {c.Attempt}."
                );
                break;
            case Change.JobChanged c:
                Require(Jobs.ContainsKey(c.Job.Id), () => $"{c.Job.Id} is not kept.");
                break;
            case Change.JobFinished c:
                Require(
                    Jobs.ContainsKey(c.Job.Id) && !Finished.ContainsKey(c.Job.Id),
                    () => $"{c.Job.Id} finished and was not kept, or had finished."
                );
                break;
            case Change.JobDropped c:
                Require(Jobs.ContainsKey(c.Id), () => $"{c.Id} is not kept.");
                break;
            case Change.AuditAppended c:
                Check(c.Block);
                break;
            default:
                break; // These changes fit any rows.
        }
    }

    private void Check(AuditBlock block)
    {
        var lines = block.Lines.Count(b => b == '\n') + 1;
        Require(
            block.First == AuditTail.Sequence + 1
                && block.Count == lines
                && block.Count <= AuditBlock.CountMax
                && block.Lines.Length <= AuditBlock.BytesMax
                && block.LastAt >= block.FirstAt
                && block.LastAt - block.FirstAt <= AuditBlock.SpanMax,
            () =>
                $"A block of {block.Count} events, {lines} lines, from {block.First} came after event "
                + $"{AuditTail.Sequence}."
        );
    }

    private static void Require(bool isSo, Func<string> otherwise)
    {
        if (!isSo)
        {
            throw new InvalidOperationException(otherwise());
        }
    }
}
