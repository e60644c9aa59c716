using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

// This program commits to the store in the given folder without end. It writes each acknowledged commit to standard
// output, "added ID" or "finished ID", one a line. A test kills it.
var options = new LiteDbStoreOptions
{
    Folder = args[0],
    FinishedJobsMax = 40,
    SliceRows = 20,
    CheckpointPages = 60,
    BallastBytes = 0,
    JournalBytesMax = 64 * 1024,
    OverlayBytesMax = 64 * 1024,
    IdleDelay = TimeSpan.FromMilliseconds(1),
};
await using var store = await LiteDbStore.OpenAsync(
    options,
    TimeProvider.System,
    NullLogger.Instance,
    CancellationToken.None
);
Console.WriteLine("open");
var spec = new JobSpec { Method = "crash.test" };
var finishing = new Queue<Job>();
while (true)
{
    var now = TimeProvider.System.GetUtcNow();
    var changes = new List<Change>();
    var said = new List<string>();
    for (var i = 0; i < 5; i++)
    {
        var job = new Job
        {
            Id = new JobId(Guid.CreateVersion7(now)),
            Namespace = "default",
            Spec = spec,
            State = JobState.Ready,
            RunAt = now,
            EnqueuedAt = now,
            CreatedBy = "crash",
        };
        changes.Add(new Change.JobAdded(job, RawJson.Parse($$"""{"n":{{i}},"pad":"{{new string('x', 300 * i)}}"}""")));
        said.Add($"added {job.Id}");
        finishing.Enqueue(job);
    }

    while (finishing.Count > 50)
    {
        var job = finishing.Dequeue() with { State = JobState.Succeeded, FinishedAt = now };
        changes.Add(new Change.JobFinished(job, RawJson.Parse("true")));
        said.Add($"finished {job.Id}");
    }

    await store.CommitAsync(changes, CancellationToken.None);
    await Console.Out.WriteLineAsync(string.Join(Environment.NewLine, said));
}
