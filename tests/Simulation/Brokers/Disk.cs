using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;
using ScheduleZero.Broker.Storage.LiteDb.Records;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Rows;

namespace ScheduleZero.Simulation.Brokers;

/// <summary>The rows on the disk, which outlive every crash.</summary>
internal sealed class Disk(bool throughRecords) : StoredRows
{
    private readonly List<Job> _ended = [];
    private readonly Dictionary<JobId, RawJson> _params = [];
    private readonly RecordWriter _writer = new();
    private long _epoch;

    public Job? Find(JobId id) =>
        Jobs.TryGetValue(id, out var job) ? job
        : Finished.TryGetValue(id, out var ended) ? ended.Job
        : null;

    public bool Holds(JobId id) => Jobs.ContainsKey(id) || Finished.ContainsKey(id);

    public RawJson ParamsOf(JobId id) => _params.GetValueOrDefault(id);

    /// <summary>
    /// The changes as the journal would return them. In some runs every change passes through the real records.
    /// </summary>
    public IReadOnlyList<Change> Written(IReadOnlyList<Change> changes)
    {
        if (!throughRecords)
        {
            return changes;
        }

        _writer.Clear();
        foreach (var change in changes)
        {
            ChangeRecord.Write(_writer, change);
        }

        var read = new List<Change>(changes.Count);
        var reader = new RecordReader(_writer.Written, null);
        while (!reader.AtEnd)
        {
            read.Add(ChangeRecord.Read(ref reader));
        }

        return read;
    }

    public override StoredState ToState(DateTimeOffset now) =>
        base.ToState(now) with
        {
            Epoch = ++_epoch,
            Jobs = [.. Jobs.Values.OrderBy(job => job.Id)],
            Finished = [.. _ended.TakeLast(BrokerCore.RecentAttemptsMax).Select(job => Finished[job.Id].Job)],
        };

    public override void Apply(Change change)
    {
        base.Apply(change);
        switch (change)
        {
            case Change.JobAdded c:
                _params[c.Job.Id] = c.Params;
                break;
            case Change.JobChanged { Params.IsEmpty: false } c:
                _params[c.Job.Id] = c.Params;
                break;
            case Change.JobFinished c:
                _ended.Add(c.Job);
                break;
            default:
                break; // These changes only touch rows.
        }
    }
}
