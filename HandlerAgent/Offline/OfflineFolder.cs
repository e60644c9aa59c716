using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.HandlerAgent.Files;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// The offline store of a handler: a folder, used by this process alone, with the schedules in custody and the journal
/// of what ran of them.
/// </summary>
internal sealed class OfflineFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int IdBytes = 16;

    private readonly string _path;
    private readonly IDisposable _lock;

    private OfflineFolder(
        string path,
        IDisposable @lock,
        string handler,
        Func<string, JournalFile> open,
        ILogger logger
    )
    {
        (_path, _lock) = (path, @lock);
        foreach (var draft in Directory.EnumerateFiles(path).Where(WholeFile.IsDraft).ToList())
        {
            File.Delete(draft);
        }

        Custodian = new CustodianId(handler, ReadId());
        Copies = new ScheduleCopies(path, Custodian, logger);
        Ledger = new Ledger(Path.Combine(path, "runs.jsonl"), Custodian, open, logger);
    }

    /// <summary>The handler and the id of this folder, for which copies are made.</summary>
    public CustodianId Custodian { get; }

    /// <summary>The schedules in custody.</summary>
    public ScheduleCopies Copies { get; }

    /// <summary>The occurrences that ran here, and their journal.</summary>
    public Ledger Ledger { get; }

    /// <summary>Opens the folder, and makes it if need be.</summary>
    /// <param name="open">
    /// Opens the file of the journal; null for the usual file. A test may give one that fails.
    /// </param>
    /// <exception cref="OfflineException">
    /// Others may write to the folder, another process uses it, or it cannot be used.
    /// </exception>
    public static OfflineFolder Open(
        string path,
        string handler,
        ILogger logger,
        Func<string, JournalFile>? open = null
    )
    {
        path = Path.GetFullPath(path);
        IDisposable? @lock = null;
        try
        {
            Make(path);
            @lock = Lock(path);
            return new OfflineFolder(path, @lock, handler, open ?? (static file => new JournalFile(file)), logger);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            @lock?.Dispose();
            throw new OfflineException($"{path} cannot be used: {e.Message}");
        }
        catch
        {
            @lock?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Adds runs to the file of those that the Broker will never accept. The runs are on the disk when the method
    /// returns.
    /// </summary>
    /// <returns>The path of the file.</returns>
    /// <exception cref="IOException">The runs cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public string WriteRefused(KeptSchedule schedule, IEnumerable<RefusedRun> runs, DateTimeOffset now)
    {
        var path = Path.Combine(
            _path,
            string.Create(
                CultureInfo.InvariantCulture,
                $"refused-{schedule.ScheduleId:D}-{now.UtcDateTime:yyyyMMdd}.jsonl"
            )
        );
        using (var stream = new FileStream(path, WholeFile.Options(FileMode.Append, FileAccess.Write, FileShare.Read)))
        {
            foreach (var run in runs)
            {
                byte[] json = [.. JsonSerializer.SerializeToUtf8Bytes(run, OfflineJson.Options), (byte)'\n'];
                stream.Write(json);
            }

            stream.Flush(flushToDisk: true);
        }

        Folders.FlushToDisk(_path);
        return path;
    }

    public void Dispose()
    {
        Ledger.Dispose();
        _lock.Dispose();
    }

    private static void Make(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, OwnerOnly);
        if (Folders.OthersMayWrite(path))
        {
            throw new OfflineException(
                $"others on this machine may write to {path}, so nothing in it is trusted. Mend it with: chmod "
                    + $"700 {path}"
            );
        }
    }

    // Two processes with the same schedules would run each instant twice.
    private static IDisposable Lock(string path)
    {
        try
        {
            return FileLock.Acquire(Path.Combine(path, "lock"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OfflineException($"{path} is in use by another agent, or cannot be written: {e.Message}");
        }
    }

    /// <summary>Reads the id of this folder, and makes one in a new folder.</summary>
    private string ReadId()
    {
        var path = Path.Combine(_path, "store.json");
        if (!File.Exists(path))
        {
            var made = new StoreFile(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes)));
            WholeFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(made, OfflineJson.Options));
        }

        try
        {
            if (
                JsonSerializer.Deserialize<StoreFile>(File.ReadAllBytes(path), OfflineJson.Options)
                    is { Id.Length: 2 * IdBytes } store
                && store.Id.All(char.IsAsciiHexDigitLower)
            )
            {
                return store.Id;
            }
        }
        catch (JsonException)
        {
            // The exception below reports the problem.
        }

        throw new OfflineException($"{path} does not name this folder; move the folder away, and a new one is made.");
    }
}
