using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Storage.Tests;

public sealed class CrashTests
{
    [Test]
    public async Task Killed_process_has_lost_nothing_that_it_acknowledged()
    {
        var cycles = int.Parse(
            Environment.GetEnvironmentVariable("SZ_KILL_CYCLES") ?? "20",
            CultureInfo.InvariantCulture
        );
        using var folder = new TemporaryFolder();
        var chance = new Random(4711);
        var said = new Dictionary<JobId, bool>(); // By job: true when the process reported the job as finished.
        for (var cycle = 0; cycle < cycles; cycle++)
        {
            var lines = await RunAndKillAsync(folder.Path, chance.Next(20, 400));
            foreach (var words in lines.Select(line => line.Split(' ')).Where(words => words.Length == 2))
            {
                if (JobId.TryParse(words[1], out var id))
                {
                    said[id] = words[0] == "finished";
                }
            }

            await CheckAsync(folder.Path, said);
        }

        await TestContext.Out.WriteLineAsync($"{cycles} kills, {said.Count} acknowledged jobs, none lost");
        Assert.That(said, Has.Count.GreaterThan(cycles));
    }

    [Test]
    public async Task Second_opener_is_refused_by_the_pid_of_the_first()
    {
        using var folder = new TemporaryFolder();
        await using var first = await OpenAsync(folder.Path);
        var refused = Assert.ThrowsAsync<StoreTakenException>(async () => await OpenAsync(folder.Path));
        Assert.That(refused!.Message, Does.Contain(folder.Path).And.Contain($" {Environment.ProcessId}."));
        await first.DisposeAsync();
        await using var next = await OpenAsync(folder.Path);
    }

    [Test]
    public async Task Folder_that_cannot_be_made_is_not_called_taken()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "file");
        await File.WriteAllTextAsync(file, "no folder");
        var failed = Assert.ThrowsAsync<StoreFailedException>(async () => await OpenAsync(Path.Combine(file, "data")));
        Assert.That(failed!.Message, Does.Contain(Path.Combine(file, "data")).And.Contain("Check the disk"));
    }

    [Test]
    [Platform("Linux,MacOsX")]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Lock_that_cannot_be_made_is_not_called_taken()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "broker.lock"));
        var failed = Assert.ThrowsAsync<StoreFailedException>(async () => await OpenAsync(folder.Path));
        Assert.That(failed!.Message, Does.Contain(folder.Path).And.Contain("Check the disk"));
    }

    [Test]
    [Platform("Linux,MacOsX")]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Files_are_for_their_owner_alone()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "data");
        await using var store = await OpenAsync(path);
        Assert.That(
            File.GetUnixFileMode(path),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
        );
        string[] files =
        [
            "broker.db",
            "broker.log",
            "broker.journal-a",
            "broker.journal-b",
            "broker.lock",
            "broker.pid",
            "ballast",
        ];
        foreach (var file in files)
        {
            Assert.That(
                File.GetUnixFileMode(Path.Combine(path, file)),
                Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite),
                file
            );
        }
    }

    private static async Task<LiteDbStore> OpenAsync(string path) =>
        await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions { Folder = path, BallastBytes = 64 * 1024 },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );

    // Lets the process report this many acknowledged lines, then kills it at once. Returns all lines that it had
    // reported by then.
    private static async Task<List<string>> RunAndKillAsync(string folder, int linesMax)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "ScheduleZero.Storage.Crash.dll");
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", [program, folder]) { RedirectStandardOutput = true }
        )!;
        var lines = new List<string>();
        while (lines.Count < linesMax && await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.Add(line);
        }

        Assert.That(process.HasExited, Is.False, "It ended by itself.");
        process.Kill();
        var rest = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        // The last line may be incomplete.
        lines.AddRange(rest.Split('\n')[..^1].Select(line => line.TrimEnd('\r')));
        return lines;
    }

    private static async Task CheckAsync(string path, Dictionary<JobId, bool> said)
    {
        await using var store = await OpenAsync(path);
        var loaded = (await store.LoadAsync(CancellationToken.None)).Jobs.Select(job => job.Id).ToHashSet();
        foreach (var (id, finished) in said)
        {
            if (!finished && loaded.Contains(id))
            {
                continue;
            }

            // The job is neither loaded nor reported as finished: its end may have been on disk when the process died.
            var found = await store.FindJobAsync("default", id, CancellationToken.None);
            Assert.That(found?.Job.IsFinished, Is.True, $"job {id}, {(finished ? "finished" : "added")}");
            Assert.That(loaded, Does.Not.Contain(id));
        }
    }
}
