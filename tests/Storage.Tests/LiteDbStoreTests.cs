using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;

namespace ScheduleZero.Storage.Tests;

/// <summary>Runs the conformance tests for each way in which changes leave the journal.</summary>
[TestFixture(Variant.Usual)]
[TestFixture(Variant.AppliedAtOnce)]
[TestFixture(Variant.JournalOnly)]
public sealed class LiteDbStoreTests(LiteDbStoreTests.Variant variant) : StoreConformance
{
    private readonly TemporaryFolder _folder = new();

    public enum Variant
    {
        Usual,

        /// <summary>Every bound is exceeded at once, so that each change leaves the journal before the next.</summary>
        AppliedAtOnce,

        /// <summary>No change leaves the journal before the store is opened again.</summary>
        JournalOnly,
    }

    [TearDown]
    public async Task DeleteFolder()
    {
        await Store.DisposeAsync();
        _folder.Empty();
    }

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Dispose();

    protected override async ValueTask<IBrokerStore> OpenAsync()
    {
        var options = new LiteDbStoreOptions
        {
            Folder = _folder.Path,
            BallastBytes = 0,
            HistoryRowsMax = 150,
        };
        options = variant switch
        {
            Variant.AppliedAtOnce => options with
            {
                FinishedJobsMax = 1,
                OverlayBytesMax = 1,
                JournalBytesMax = 1,
                SliceRows = 1,
                CheckpointPages = 10,
            },
            Variant.JournalOnly => options with { AppliesWhenIdle = false },
            _ => options,
        };
        return await LiteDbStore.OpenAsync(options, TimeProvider.System, NullLogger.Instance, None);
    }
}
