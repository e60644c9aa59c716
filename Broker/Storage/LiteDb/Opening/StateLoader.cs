using LiteDB;
using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Records;
using ScheduleZero.Broker.Storage.LiteDb.Rows;

namespace ScheduleZero.Broker.Storage.LiteDb.Opening;

/// <summary>
/// Loads the state that a start begins with. The opening of the store has applied the whole journal, so the collections
/// have everything. A row that cannot be read is logged and left out.
/// </summary>
internal static class StateLoader
{
    public static StoredState Load(Documents documents, long epoch, TimeProvider time, ILogger logger)
    {
        var start = time.GetTimestamp();
        var rows = new RowLoader(documents, time.GetUtcNow());
        var state = new StoredState
        {
            Epoch = epoch,
            Jobs = LoadJobs(rows),
            Finished = LoadFinished(rows),
        };
        foreach (var kind in StoredKinds.All)
        {
            state = kind.Load(state, rows);
        }

        state = state with { Unreadable = rows.Unreadable };
        logger.Loaded(state.Jobs.Count, state.Schedules.Count, (long)time.GetElapsedTime(start).TotalMilliseconds);
        return state;
    }

    /// <summary>Loads the unfinished jobs alone; rows that cannot be read are left out.</summary>
    public static List<Job> LoadJobs(Documents documents) => LoadJobs(new RowLoader(documents, default));

    private static List<Job> LoadJobs(RowLoader rows)
    {
        var interner = new Interner();
        return rows.Load(StoredRowKind.Job, JobRows.Open, row => JobRows.JobOf(row, interner));
    }

    private static List<Job> LoadFinished(RowLoader rows)
    {
        var interner = new Interner();
        var newest = rows.Documents.Scan(
            JobRows.History,
            JobRows.EndField,
            BsonValue.MinValue,
            BsonValue.MaxValue,
            descending: true,
            BrokerCore.RecentAttemptsMax
        );
        var jobs = rows.Read(StoredRowKind.FinishedJob, newest, row => JobRows.JobOf(row, interner))
            .Select(row => row.Record)
            .ToList();
        jobs.Reverse();
        return jobs;
    }
}
