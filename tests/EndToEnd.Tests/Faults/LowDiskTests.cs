using System.Diagnostics;
using System.Net;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.EndToEnd.Tests.Agents;

namespace ScheduleZero.EndToEnd.Tests.Faults;

/// <summary>
/// A small real disk that others fill: new work is refused, existing work goes on, and a start works.
/// </summary>
[Category("Slow")]
public sealed class LowDiskTests : StageTest
{
    private const long Mib = 1024 * 1024;
    private const int DiskMib = 192;
    private const int ReserveMib = 64;

    private static readonly (string Name, string Value) Reserve = ("SCHEDULEZERO_DISK_RESERVE_MIB", $"{ReserveMib}");

    private string Filler => Path.Combine(Stage.DataFolder, "filler");

    [SetUp]
    public async Task MountAsync()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("A small disk of its own needs root.");
        }

        Directory.CreateDirectory(Stage.DataFolder);
        await RunProgramAsync("mount", "-t", "tmpfs", "-o", $"size={DiskMib}m,mode=0700", "tmpfs", Stage.DataFolder);
    }

    [TearDown]
    public async Task UnmountAsync()
    {
        if (Directory.Exists(Stage.DataFolder))
        {
            await RunProgramAsync("umount", "-l", Stage.DataFolder);
        }
    }

    [Test]
    public async Task On_a_low_disk_new_work_is_refused_and_all_else_goes_on_until_there_is_room()
    {
        var broker = await Stage.StartBrokerAsync(Reserve);
        var jobs = Stage.Client.Jobs;
        var waiting = await jobs.EnqueueAsync(Job());
        var other = await jobs.EnqueueAsync(Job("nobody"));
        FillUpTo(ReserveMib / 2);
        var refused = await RefusedAsync();
        Assert.That(
            (refused.Status, refused.Code, refused.RetryAfter),
            Is.EqualTo((HttpStatusCode.InsufficientStorage, ErrorCodes.StorageFull, TimeSpan.FromSeconds(60)))
        );

        // Existing jobs run to their end, are read, cancelled and deleted.
        await StartAgentAsync(
            "h",
            (await Stage.CreateHandlerKeyAsync("h")).Key,
            Path.Combine(Stage.Folder, "journal"),
            10,
            Stage.Router
        );
        await EndedAsync(waiting.Id);
        Assert.That((await jobs.CancelAsync(other.Id)).State, Is.EqualTo(JobState.Cancelled));
        var listed = new HashSet<JobId>();
        await foreach (var job in jobs.ListAllAsync())
        {
            listed.Add(job.Id);
        }

        Assert.That(listed, Has.Member(waiting.Id).And.Member(other.Id));
        Assert.That((await Stage.Client.StatsAsync()).Disk, Is.EqualTo(DiskState.Low));
        using var http = new HttpClient { BaseAddress = Stage.Rest };
        Assert.That(
            await http.GetStringAsync("/health/ready"),
            Does.Contain("\"ready\"").And.Contain("\"disk\":\"low\"")
        );
        Assert.That(
            broker.Lines.Count(line => line.Contains("is nearly full", StringComparison.Ordinal)),
            Is.EqualTo(1),
            "the log says so once"
        );

        File.Delete(Filler);
        await TakenAsync();
    }

    [Test]
    public async Task A_producer_that_fills_the_disk_leaves_the_reserve_and_the_broker_at_work()
    {
        var broker = await Stage.StartBrokerAsync(Reserve);
        var body = RawJson.Parse($"\"{new string('x', 250 * 1024)}\"");
        ScheduleZeroException? refused = null;
        for (var posted = 0; posted < 4 * DiskMib && refused is null; posted++)
        {
            try
            {
                await Stage.Client.Jobs.EnqueueAsync(Job("nobody") with { Params = body });
            }
            catch (ScheduleZeroException e)
            {
                refused = e;
            }
        }

        Assert.That(refused?.Code, Is.EqualTo(ErrorCodes.StorageFull));
        Assert.That(broker.HasExited, Is.False);
        Assert.That(new DriveInfo(Stage.DataFolder).AvailableFreeSpace, Is.GreaterThan(ReserveMib / 4 * Mib));
        Assert.That((await Stage.Client.Jobs.ListAsync()).Items, Is.Not.Empty);
    }

    [Test]
    public async Task A_start_on_a_full_disk_works_and_nothing_is_lost()
    {
        var broker = await Stage.StartBrokerAsync(Reserve);
        var kept = new List<JobId>();
        for (var i = 0; i < 50; i++)
        {
            kept.Add((await Stage.Client.Jobs.EnqueueAsync(Job("nobody"))).Id);
        }

        await broker.KillAsync();
        FillUpTo(0);
        await Stage.StartBrokerAsync(Reserve);
        foreach (var id in kept)
        {
            Assert.That((await Stage.Client.Jobs.GetAsync(id)).State, Is.EqualTo(JobState.Ready));
        }

        Assert.That((await RefusedAsync()).Code, Is.EqualTo(ErrorCodes.StorageFull));
        File.Delete(Filler);
        await TakenAsync();
    }

    private static JobRequest Job(string method = JournalingAgent.Method) =>
        new() { Method = method, Params = RawJson.From(new WorkParams(10)) };

    // The Broker checks the disk now and then. Until the next check it may accept a job.
    private async Task<ScheduleZeroException> RefusedAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (true)
        {
            try
            {
                await Stage.Client.Jobs.CancelAsync(
                    (await Stage.Client.Jobs.EnqueueAsync(Job("nobody"), deadline.Token)).Id,
                    deadline.Token
                );
            }
            catch (ScheduleZeroException e) when (e.Code == ErrorCodes.StorageFull)
            {
                return e;
            }
        }
    }

    private async Task TakenAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (true)
        {
            try
            {
                await Stage.Client.Jobs.EnqueueAsync(Job("nobody"), deadline.Token);
                return;
            }
            catch (ScheduleZeroException e) when (e.Code == ErrorCodes.StorageFull)
            {
                // The Broker has not checked the disk yet.
            }
        }
    }

    private async Task EndedAsync(JobId id)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while ((await Stage.Client.Jobs.GetAsync(id, deadline.Token)).State != JobState.Succeeded) { }
    }

    private void FillUpTo(int leftMib)
    {
        using var stream = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[256 * 1024];
        var disk = new DriveInfo(Stage.DataFolder);
        try
        {
            while (leftMib == 0 || disk.AvailableFreeSpace > leftMib * Mib)
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
