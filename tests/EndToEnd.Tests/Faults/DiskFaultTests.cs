using System.Diagnostics;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests.Faults;

/// <summary>
/// Disks that are full, or that report a failed write. The Broker must stop rather than acknowledge what may not be on
/// the disk.
/// </summary>
[Category("Slow")]
public sealed class DiskFaultTests : FaultCampaignTest
{
    // The reserve is off, since the disk is smaller than the reserve and shall get full.
    private static (string Name, string Value) WithoutReserve => ("SCHEDULEZERO_DISK_RESERVE_MIB", "0");

    [Test]
    public async Task A_full_disk_ends_the_broker_and_what_it_acknowledged_is_there_when_it_has_room_again()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("A small disk of its own needs root.");
        }

        Directory.CreateDirectory(Stage.DataFolder);
        await RunProgramAsync("mount", "-t", "tmpfs", "-o", "size=48m,mode=0700", "tmpfs", Stage.DataFolder);
        try
        {
            var broker = await Stage.StartBrokerAsync(WithoutReserve);
            await AddAgentAsync("zeromq", (await Stage.CreateHandlerKeyAsync("zeromq")).Key, Stage.Router);
            var ballast = Path.Combine(Stage.DataFolder, "ballast");
            await StrikeAsync(async () =>
            {
                Fill(ballast);
                Assert.That(await broker.ExitAsync(Deadline), Is.EqualTo(1));
                Assert.That(
                    broker.Describe(),
                    Does.Contain("Check the disk (space, health, mount), then restart the Broker")
                );
                File.Delete(ballast);
                broker = await Stage.StartBrokerAsync(WithoutReserve);
            });
            await broker.KillAsync();
        }
        finally
        {
            await RunProgramAsync("umount", "-l", Stage.DataFolder);
        }
    }

    [Test]
    public async Task A_flush_that_fails_ends_the_broker_and_what_it_acknowledged_is_there()
    {
        if (!File.Exists("/usr/bin/strace"))
        {
            Assert.Ignore("A failing flush needs strace.");
        }

        var broker = await Stage.StartBrokerAsync();
        await AddAgentAsync("zeromq", (await Stage.CreateHandlerKeyAsync("zeromq")).Key, Stage.Router);
        await StrikeAsync(async () =>
        {
            var strace = Inject(broker, "fsync,fdatasync", "EIO");
            Assert.That(await broker.ExitAsync(Deadline), Is.EqualTo(1));
            await strace.KillAsync();
            broker = await Stage.StartBrokerAsync();
        });
    }

    [Test]
    public async Task A_disk_that_turns_read_only_ends_the_broker_and_what_it_acknowledged_is_there_afterwards()
    {
        if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/strace"))
        {
            Assert.Ignore("A disk that turns read-only needs root and strace.");
        }

        var broker = await Stage.StartBrokerAsync();
        await AddAgentAsync("zeromq", (await Stage.CreateHandlerKeyAsync("zeromq")).Key, Stage.Router);
        await StrikeAsync(async () =>
        {
            // From now on writes into open files are refused, as a kernel does after errors. A mount with open files
            // would not turn read-only.
            var strace = Inject(broker, "pwrite64,ftruncate,fsync,fdatasync", "EROFS");
            Assert.That(await broker.ExitAsync(Deadline), Is.EqualTo(1));
            Assert.That(
                broker.Describe(),
                Does.Contain("Read-only file system")
                    .And.Contain("Check the disk (space, health, mount), then restart the Broker")
            );
            await strace.KillAsync();

            await RunProgramAsync("mount", "--bind", Stage.DataFolder, Stage.DataFolder);
            try
            {
                await RunProgramAsync("mount", "-o", "remount,bind,ro", Stage.DataFolder);
                var refused = Stage.BeginBroker();
                Assert.That(await refused.ExitAsync(Deadline), Is.EqualTo(1));
                Assert.That(
                    refused.Describe(),
                    Does.Contain("Read-only file system")
                        .And.Contain("Check the disk (space, health, mount)")
                        .And.Not.Contain("in use by")
                );
            }
            finally
            {
                await RunProgramAsync("umount", "-l", Stage.DataFolder);
            }

            broker = await Stage.StartBrokerAsync();
        });
    }

    private ChildProcess Inject(ChildProcess broker, string calls, string error) =>
        Stage.Start(
            "strace",
            "/usr/bin/strace",
            [
                "-f",
                "-q",
                "-o",
                Path.Combine(Stage.Folder, "strace.out"),
                "-p",
                $"{broker.Id}",
                "-e",
                $"trace={calls}",
                "-e",
                $"inject={calls}:error={error}",
            ]
        );

    // Strikes in the first cycle only, since the disk does not get worse after that.
    private Task StrikeAsync(Func<Task> strikeAsync)
    {
        var struck = false;
        return RunAsync(
            mayRunAgain: false,
            () =>
            {
                var first = !struck;
                struck = true;
                return first ? strikeAsync() : Task.CompletedTask;
            }
        );
    }

    private static void Fill(string file)
    {
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[64 * 1024];
        try
        {
            while (true)
            {
                stream.Write(block);
            }
        }
        catch (IOException)
        {
            // The disk is full.
        }
    }

    private static async Task RunProgramAsync(params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero, $"{string.Join(' ', words)}: {error}");
    }
}
