using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using LiteDB;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Files;

namespace ScheduleZero.Storage.Tests.Stores;

/// <summary>
/// The bytes that the store writes for one change of each kind never change, so every later version can open a store of
/// any version. A new kind adds lines to the accepted text; an existing line never changes. Accept new lines with
/// SZ_ACCEPT_STORE=1, and read the difference.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StoredFormTests
{
    private const string AcceptVariable = "SZ_ACCEPT_STORE";

    // Names on disk, which are permanent. The journal is compared apart from the collections.
    private static readonly string[] Collections =
    [
        "access",
        "audit",
        "batches",
        "batchhistory",
        "bodies",
        "calendars",
        "deduplications",
        "handlers",
        "history",
        "jobs",
        "keys",
        "logs",
        "meta",
        "missed",
        "postings",
        "rates",
        "rollups",
        "schedules",
        "texts",
        "versions",
    ];

    private readonly SimulatedDisk _disk = new(1);

    [Test]
    public void There_is_a_sample_of_every_kind_of_change()
    {
        var kinds = typeof(Change).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(Change)));
        Assert.That(SampleChanges.All.Select(change => change.GetType()).Distinct(), Is.EquivalentTo(kinds));
    }

    [Test]
    public async Task The_journal_and_the_rows_are_written_as_they_always_were()
    {
        var written = new StringBuilder();
        await using (var store = await OpenAsync(idle: false))
        {
            await store.CommitAsync(SampleChanges.All, CancellationToken.None);
        }

        WriteJournal(written);
        await (await OpenAsync(idle: true)).DisposeAsync();
        using (var documents = Documents.Open(_disk.Open(), NullLogger.Instance))
        {
            Assert.That(
                RowsOf(documents, "meta").Single(row => row["_id"] == "journal")["from"].AsInt64,
                Is.GreaterThan(1),
                "everything is moved out of the journal"
            );
            foreach (var collection in Collections)
            {
                RowsOf(documents, collection).ForEach(row => WriteRow(written, collection, row));
            }
        }

        AssertAccepted(written.ToString());
    }

    private static void AssertAccepted(string written)
    {
        var file = Path.Combine(TestContext.CurrentContext.TestDirectory, "Stores", "stored-form.txt");
        if (Environment.GetEnvironmentVariable(AcceptVariable) is "1")
        {
            var source = Path.Combine(SourceFolder(), "stored-form.txt");
            File.WriteAllText(source, written);
            Assert.Inconclusive($"Wrote {source}; read the difference.");
        }

        var accepted = File.ReadAllLines(file);
        var now = written.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Multiple(() =>
        {
            Assert.That(accepted.Except(now), Is.Empty, "lines that are not written any more");
            Assert.That(now.Except(accepted), Is.Empty, $"lines that are new; see {AcceptVariable}");
        });
    }

    // The tests run in a folder below the folder of their project.
    private static string SourceFolder()
    {
        var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Storage.Tests.csproj")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder.FullName, "Stores");
    }

    // A record is its length in four bytes, then the number of its kind, then what the kind writes.
    private void WriteJournal(StringBuilder to)
    {
        using var file = new JournalFile(_disk.Open().Open("broker.journal-b"));
        file.Open();
        var bytes = file.Read(from: 1).SelectMany(record => record.Payload.ToArray()).ToArray();
        for (int at = 0, length; at < bytes.Length; at += 4 + length)
        {
            length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            var record = bytes.AsSpan(at + 4, length);
            to.Append(CultureInfo.InvariantCulture, $"journal {record[0]} {Text(record[1..])}\n");
        }
    }

    private static List<BsonDocument> RowsOf(Documents documents, string collection) =>
        documents.Has(collection)
            ? documents.Scan(collection, "_id", BsonValue.MinValue, BsonValue.MaxValue, descending: false, int.MaxValue)
            : [];

    private static void WriteRow(StringBuilder to, string collection, BsonDocument row)
    {
        to.Append(collection);
        var isJournal = collection == "meta" && row["_id"] == "journal";
        foreach (var (name, value) in row.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            // The journal's name is drawn by chance.
            to.Append(CultureInfo.InvariantCulture, $" {name}={(isJournal && name == "name" ? "…" : Text(value))}");
        }

        to.Append('\n');
    }

    private static string Text(BsonValue value) =>
        value.IsBinary ? $"b'{Text(value.AsBinary)}'"
        : value.IsString ? $"'{Text(Encoding.UTF8.GetBytes(value.AsString))}'"
        : $"{value.Type} {value.RawValue}";

    // Readable text is written as it is, so that a difference can be read.
    private static string Text(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (var value in bytes)
        {
            if (value is >= 0x20 and < 0x7F and not (byte)'\\')
            {
                text.Append((char)value);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"\\{value:x2}");
            }
        }

        return text.ToString();
    }

    private async Task<LiteDbStore> OpenAsync(bool idle) =>
        await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions
            {
                Folder = "simulated",
                OpenFolder = _disk.Open,
                AppliesWhenIdle = idle,
            },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );
}
