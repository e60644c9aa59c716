using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Commands;

namespace ScheduleZero.Agent.Tests;

/// <summary>The account and the environment of a command, and its end with the agent.</summary>
[Parallelizable(ParallelScope.All)]
[Platform(Include = "Linux")]
public sealed class CommandAccountTests
{
    private static string[] LogOf(List<ReportEvent> events) =>
        [.. events.Where(e => e.Type == "log").Select(e => e.Message!)];

    [Test]
    public async Task A_command_finds_a_home_and_a_language()
    {
        var events = await Commands.RunAsync(
            "command: /bin/sh\nargs: [-c, 'echo $HOME; echo $LANG; echo $USER $LOGNAME']"
        );
        Assert.That(
            LogOf(events),
            Is.EqualTo([
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                "C.UTF-8",
                $"{Environment.UserName} {Environment.UserName}",
            ])
        );
    }

    [Test]
    public async Task What_a_command_makes_has_the_umask_that_is_configured()
    {
        var events = await Commands.RunAsync("command: /bin/sh\nargs: [-c, umask]\numask: 027");
        Assert.That(LogOf(events), Is.EqualTo(["0027"]));
    }

    [Test]
    public async Task A_command_runs_as_another_account_with_its_groups_and_home()
    {
        RequireRoot();
        var events = await Commands.RunAsync(
            "command: /bin/sh\nargs: [-c, 'id -un; id -gn; id -Gn; echo $HOME $USER; echo \"50 as other\" > "
                + "$SCHEDULEZERO_PROGRESS_FILE']\nuser: daemon\nworkingDirectory: /"
        );

        Assert.That(events[^1].Type, Is.EqualTo("succeeded"), events[^1].Error?.Message);
        Assert.That(LogOf(events), Is.EqualTo(["daemon", "daemon", "daemon", "/usr/sbin daemon"]));
        Assert.That(events.Single(e => e.Type == "progress").Percent, Is.EqualTo(50));
    }

    [Test]
    public async Task A_command_of_another_account_is_ended_by_a_cancel()
    {
        RequireRoot();
        var pid = 0;
        var events = await Commands.RunAsync(
            "command: /bin/sh\nargs: [-c, 'echo $$; sleep 600 & wait']\nuser: daemon\nworkingDirectory: /",
            meanwhile: async (connection, attempt) =>
            {
                pid = int.Parse((await connection.NextAsync("log")).Message!);
                connection.Say(new Cancel([new CancelledAttempt(attempt.AttemptId, "cancelled", 10)]));
            }
        );

        Assert.That(events[^1].Type, Is.EqualTo("cancelled"));
        Assert.That(() => Commands.LivingIn(pid), Is.Empty.After(10_000, 20));
    }

    [Test]
    public async Task Commands_and_their_children_end_with_their_agent_however_it_ends()
    {
        // The guardian's input ends with the agent, whatever ended that: here with the guardian's owner.
        var guardian = new CommandGuardian(NullLogger.Instance);
        using var group = ProcessGroup.Start(
            new ProcessStartInfo("/bin/sh", ["-c", "trap '' TERM; sleep 600 & echo up; wait"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
            null
        );
        await guardian.WatchAsync(group.Id);
        await group.BeginAsync(default, CancellationToken.None);
        Assert.That(await group.Process.StandardOutput.ReadLineAsync(), Is.EqualTo("up"));

        guardian.Dispose();
        await group.Process.WaitForExitAsync().WaitAsync(FakeBroker.Patience);
        Assert.That(() => Commands.LivingIn(group.Id), Is.Empty.After(10_000, 20));
    }

    [Test]
    public async Task A_command_that_has_ended_is_nobodys_to_end()
    {
        var guardian = new CommandGuardian(NullLogger.Instance);
        using var first = Sleeper();
        using var second = Sleeper();
        await guardian.WatchAsync(first.Id);
        await guardian.WatchAsync(second.Id);
        await guardian.ReleaseAsync(first.Id);

        // A command that says something has a process group. The guardian kills groups; a process that has not made its
        // group yet has not begun, and ends by itself with its agent.
        await second.BeginAsync(default, CancellationToken.None);
        Assert.That(await second.Process.StandardOutput.ReadLineAsync(), Is.EqualTo("up"));

        guardian.Dispose();
        await second.Process.WaitForExitAsync().WaitAsync(FakeBroker.Patience);
        Assert.That(first.Process.HasExited, Is.False);
        first.Kill();
    }

    [Test]
    public async Task A_program_does_not_begin_when_its_agent_is_gone_before_it_could_say_so()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "began");
        using var group = ProcessGroup.Start(
            new ProcessStartInfo("/usr/bin/touch", [file])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
            null
        );
        group.Process.StandardInput.Close();

        await group.Process.WaitForExitAsync().WaitAsync(FakeBroker.Patience);
        Assert.That((group.Process.ExitCode, File.Exists(file)), Is.EqualTo((125, false)));
    }

    [Test]
    public void An_account_that_is_not_there_is_refused_with_its_place() =>
        Assert.That(
            () => Commands.Read("command: /bin/sh\nuser: nobody-of-this-name"),
            Throws
                .InstanceOf<ConfigException>()
                .With.Message.Contains("methods.run.user (line 5): this machine has no account")
        );

    [TestCase("27")]
    [TestCase("0999")]
    [TestCase("u=rwx")]
    public void A_umask_that_is_none_is_refused_with_its_place(string umask) =>
        Assert.That(
            () => Commands.Read($"command: /bin/sh\numask: {umask}"),
            Throws
                .InstanceOf<ConfigException>()
                .With.Message.Contains("methods.run.umask (line 5): a umask is three octal digits")
        );

    private static ProcessGroup Sleeper() =>
        ProcessGroup.Start(
            new ProcessStartInfo("/bin/sh", ["-c", "echo up; exec sleep 600"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
            null
        );

    private static void RequireRoot()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("Only root can run a command as another account.");
        }
    }
}
