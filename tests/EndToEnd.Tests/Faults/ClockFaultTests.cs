using System.Diagnostics;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.EndToEnd.Tests.Agents;

namespace ScheduleZero.EndToEnd.Tests.Faults;

/// <summary>
/// Sets the wall clock of a working Broker forward and back, with a library between the Broker and the system. The
/// steady clock is not changed.
/// </summary>
[Category("Slow")]
public sealed class ClockFaultTests : FaultCampaignTest
{
    private const string Name = "every-second";

    [Test]
    public async Task Setting_the_clock_loses_nothing_and_fires_no_instant_twice()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/cc"))
        {
            Assert.Ignore("Setting the clock of one process needs Linux and a C compiler (cc).");
        }

        var library = await CompileAsync();
        var clock = Path.Combine(Stage.Folder, "clock");
        await SetClockAsync(clock, 0);
        await Stage.StartBrokerAsync(("LD_PRELOAD", library), ("WALL_CLOCK_FILE", clock));
        await AddAgentAsync("zeromq", (await Stage.CreateHandlerKeyAsync("zeromq")).Key, Stage.Router);
        await Stage.Client.Schedules.CreateAsync(
            new ScheduleRequest
            {
                Name = Name,
                Trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "* * * * * *" },
                Job = new JobRequest
                {
                    Method = JournalingAgent.Method,
                    Params = Contracts.RawJson.From(new WorkParams(5)),
                },
                Misfire = MisfirePolicy.All,
            }
        );
        var (strikes, shift) = (0, 0);
        await RunAsync(
            mayRunAgain: false,
            async () =>
            {
                shift = Chance.Next(-90, 91);
                await SetClockAsync(clock, shift);
                if (++strikes == Cycles)
                {
                    // The clock goes so far forward that every skipped instant has come. The schedule is deleted after
                    // that, so no further instant comes.
                    await SetClockAsync(clock, 100);
                    await ExpectEventAsync("schedule.fired", Name).Unwrap().WaitAsync(Deadline);
                    await Stage.Client.Schedules.DeleteAsync(Name);
                }
            }
        );
        var nominals = new List<DateTimeOffset>();
        await foreach (var job in Stage.Client.Jobs.ListAllAsync(new JobFilter { Schedule = Name, Limit = 500 }))
        {
            nominals.Add(job.Schedule!.Nominal);
        }

        await TestContext.Out.WriteLineAsync($"{nominals.Count} instants fired");
        Assert.That(nominals, Is.Unique.And.Not.Empty);
        var ordered = nominals.Order().ToList();
        Assert.That(
            ordered[^1],
            Is.GreaterThan(TimeProvider.System.GetUtcNow().AddSeconds(30)),
            "the Broker's clock was really set"
        );
        Assert.That(
            (ordered[^1] - ordered[0]).TotalSeconds + 1,
            Is.EqualTo(ordered.Count),
            "each second from the first to the last has one occurrence"
        );
    }

    // The file is changed in place, since the Broker has its page in memory.
    private static async Task SetClockAsync(string file, long seconds)
    {
        await using var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        await stream.WriteAsync(BitConverter.GetBytes(seconds));
    }

    private async Task<string> CompileAsync()
    {
        var library = Path.Combine(Stage.Folder, "wall-clock.so");
        var source = Path.Combine(TestContext.CurrentContext.TestDirectory, "Faults", "wall-clock.c");
        using var compiler = Process.Start(
            new ProcessStartInfo("/usr/bin/cc", ["-O1", "-shared", "-fPIC", "-o", library, source])
            {
                RedirectStandardError = true,
            }
        )!;
        var said = await compiler.StandardError.ReadToEndAsync();
        await compiler.WaitForExitAsync();
        Assert.That(compiler.ExitCode, Is.Zero, said);
        return library;
    }
}
