using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Upkeep;

public sealed class PruningAtStartTests
{
    private const int HistoryPruned = 1050;

    [Test]
    public async Task A_start_forgets_at_once_what_has_passed_its_retention()
    {
        var folder = Directory.CreateTempSubdirectory("schedulezero-prune-").FullName;
        try
        {
            var now = TimeProvider.System.GetUtcNow();
            var (old, young) = (Ended(now.AddDays(-40)), Ended(now.AddDays(-20)));
            await WithStoreAsync(
                folder,
                async store =>
                    await store.CommitAsync(
                        [
                            new Change.JobAdded(old, default),
                            new Change.JobFinished(old, default),
                            new Change.JobAdded(young, default),
                            new Change.JobFinished(young, default),
                        ],
                        CancellationToken.None
                    )
            );
            using var log = new Signal(HistoryPruned);
            var settings = new BrokerSettings
            {
                DataFolder = folder,
                Urls = ["http://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
            };
            await using (
                await BrokerServer.StartAsync(settings, logging => logging.AddProvider(log), CancellationToken.None)
            )
            {
                await log.Seen.WaitAsync(TimeSpan.FromMinutes(2));
            }

            await WithStoreAsync(
                folder,
                async store =>
                    Assert.That(
                        await store.FindPresentAsync([old.Id, young.Id], CancellationToken.None),
                        Is.EquivalentTo(new[] { young.Id })
                    )
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Job Ended(DateTimeOffset at) =>
        new()
        {
            Id = new JobId(Guid.CreateVersion7(at)),
            Namespace = "default",
            Spec = new JobSpec { Method = "m" },
            State = JobState.Succeeded,
            RunAt = at,
            EnqueuedAt = at,
            FinishedAt = at,
            CreatedBy = "test",
        };

    private static async Task WithStoreAsync(string folder, Func<LiteDbStore, Task> use)
    {
        await using var store = await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions { Folder = folder, BallastBytes = 0 },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );
        await use(store);
    }

    /// <summary>A logger whose task ends with the first event that has the id.</summary>
    private sealed class Signal(int id) : ILoggerProvider, ILogger
    {
        private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Seen => _seen.Task;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (eventId.Id == id)
            {
                _seen.TrySetResult();
            }
        }

        public void Dispose() { }
    }
}
