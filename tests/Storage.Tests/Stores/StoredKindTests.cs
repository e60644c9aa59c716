using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;
using ScheduleZero.Broker.Storage.LiteDb.Records;
using ScheduleZero.Broker.Storage.LiteDb.Rows;

namespace ScheduleZero.Storage.Tests.Stores;

/// <summary>
/// Numbers in the journal and names of collections are permanent: stores on disks hold them. A new kind adds a line to
/// the tables here; no line ever changes or goes.
/// </summary>
public sealed class StoredKindTests
{
    private static readonly Dictionary<int, Type> Numbers = new()
    {
        [1] = typeof(Change.JobAdded),
        [2] = typeof(Change.JobAssigned),
        [3] = typeof(Change.JobChanged),
        [4] = typeof(Change.JobFinished),
        [5] = typeof(Change.AttemptSuperseded),
        [6] = typeof(Change.LogAppended),
        [7] = typeof(Change.DeduplicationKept),
        [8] = typeof(Change.DeduplicationReleased),
        [9] = typeof(Change.ScheduleSaved),
        [10] = typeof(Change.ScheduleDeleted),
        [11] = typeof(Change.OccurrenceMissed),
        [12] = typeof(Change.HandlerSaved),
        [13] = typeof(Change.HandlerDeleted),
        [14] = typeof(Change.KeySaved),
        [15] = typeof(Change.AuditAppended),
        [16] = typeof(Change.AccessSaved),
        [17] = typeof(Change.AccessDeleted),
        [18] = typeof(Change.RateKept),
        [19] = typeof(Change.RateForgotten),
        [20] = typeof(Change.ScheduleVersioned),
        [21] = typeof(Change.CalendarSaved),
        [22] = typeof(Change.CalendarDeleted),
        [23] = typeof(Change.OccurrenceMade),
        [24] = typeof(Change.PauseSaved),
        [25] = typeof(Change.PauseEnded),
        [30] = typeof(Change.BatchSaved),
        [31] = typeof(Change.AlertRowSaved),
        [32] = typeof(Change.AlertRowDeleted),
        [40] = typeof(Change.JobDropped),
        [41] = typeof(Change.JobChanged),
    };

    private static readonly Dictionary<string, string[]> Collections = new()
    {
        [nameof(ScheduleRows)] = ["schedules"],
        [nameof(HandlerRows)] = ["handlers"],
        [nameof(KeyRows)] = ["keys"],
        [nameof(AccessRows)] = ["access"],
        [nameof(DeduplicationRows)] = ["deduplications"],
        [nameof(BatchRows)] = ["batches", "batchhistory"],
        [nameof(RateRows)] = ["rates"],
        [nameof(CalendarRows)] = ["calendars"],
        [nameof(PauseRows)] = ["pauses"],
        [nameof(AlertRows)] = ["alerts"],
        [nameof(VersionRows)] = ["versions"],
        [nameof(MissedRows)] = ["missed"],
        [nameof(LogRows)] = ["logs"],
        [nameof(AuditRows)] = ["audit"],
    };

    private static readonly string[] OtherCollections =
    [
        "bodies",
        "history",
        "jobs",
        "journal",
        "meta",
        "postings",
        "rollups",
        "texts",
    ];

    [Test]
    public void Every_change_has_the_number_in_the_journal_that_it_always_had()
    {
        var written = SampleChanges.All.Select(change => (Number: (int)NumberOf(change), Type: change.GetType()));
        Assert.That(
            written.Distinct().OrderBy(kind => kind.Number),
            Is.EqualTo(Numbers.OrderBy(kind => kind.Key).Select(kind => (kind.Key, kind.Value)))
        );
    }

    [Test]
    public void No_two_kinds_share_a_number()
    {
        var numbers = StoredKinds
            .All.SelectMany(kind => kind.Changes)
            .Select(change => (int)change.Number)
            .Concat(Enum.GetValues<JobChangeNumber>().Select(number => (int)number))
            .ToList();
        Assert.That(numbers, Is.Unique.And.EquivalentTo(Numbers.Keys));
    }

    [Test]
    public void Every_kind_of_rows_lies_in_the_collections_in_which_it_always_lay() =>
        Assert.That(
            StoredKinds.All.ToDictionary(kind => kind.GetType().Name, kind => kind.Collections),
            Is.EqualTo(Collections)
        );

    [Test]
    public void No_two_kinds_share_a_collection()
    {
        string[] others =
        [
            JobRows.Bodies,
            JobRows.History,
            JobRows.Open,
            OldJournal.Name,
            StoreMeta.Name,
            Postings.Name,
            Rollups.Name,
            TextFilters.Name,
        ];
        Assert.That(others, Is.EqualTo(OtherCollections));
        Assert.That(StoredKinds.All.SelectMany(kind => kind.Collections).Concat(others), Is.Unique);
    }

    [Test]
    public void A_change_of_a_later_version_is_refused_and_not_taken_for_another()
    {
        byte[] record = [1, 0, 0, 0, 255];
        Assert.That(
            () =>
            {
                var reader = new RecordReader(record, interner: null);
                ChangeRecord.Read(ref reader);
            },
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("kind 255")
        );
    }

    private static byte NumberOf(Change change)
    {
        var writer = new RecordWriter();
        ChangeRecord.Write(writer, change);
        const int LengthBytes = 4;
        return writer.Written[LengthBytes];
    }
}
