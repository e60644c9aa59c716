using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Commands;

namespace ScheduleZero.Agent.Tests.Fakes;

/// <summary>Runs a command of the ready agent as an attempt, with real processes.</summary>
internal static class Commands
{
    public static CommandMethod Read(string yaml)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(
                file,
                $"handler: h\nmethods:\n  run:\n{string.Join('\n', yaml.Split('\n').Select(line => $"    {line}"))}\n"
            );
            return AgentConfig.Load(file).Methods.Single();
        }
        finally
        {
            File.Delete(file);
        }
    }

    public static async Task<List<ReportEvent>> RunAsync(
        string yaml,
        string parameters = "{}",
        Func<FakeConnection, AssignedAttempt, Task>? meanwhile = null,
        CompletedBatch? batch = null
    )
    {
        var broker = new FakeBroker();
        var method = Read(yaml);
        using var guardian = new CommandGuardian(NullLogger.Instance);
        await using var agent = broker.Start(a =>
            a.Handle<Contracts.RawJson, Contracts.RawJson>(
                "run",
                (p, job) => CommandRun.RunAsync(method, p, job, guardian)
            )
        );
        var connection = await broker.NextConnectionAsync();
        await connection.NextHelloAsync();
        connection.Answer(Messages.AWelcome() with { MaxResultBytes = Contracts.Limits.ResultBytesMaxDefault });
        var attempt = Messages.AnAttempt("run", parameters) with { Batch = batch };
        connection.Assign(attempt);
        await (meanwhile?.Invoke(connection, attempt) ?? Task.CompletedTask);
        var events = new List<ReportEvent>();
        while (events.Count == 0 || !ReportEventTypes.IsFinal(events[^1].Type))
        {
            events.Add(await connection.NextEventAsync());
        }

        return events;
    }

    // Killed processes may stay as zombies until somebody reaps them; those do nothing any more.
    public static List<string> LivingIn(int group)
    {
        using var ps = Process.Start(
            new ProcessStartInfo("ps", ["-eo", "pgid=,stat=,args="]) { RedirectStandardOutput = true }
        )!;
        var lines = ps.StandardOutput.ReadToEnd().Split('\n');
        return
        [
            .. lines.Where(l =>
                l.Trim().Split(' ', 2)[0] == $"{group}"
                && l.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1][0] != 'Z'
            ),
        ];
    }
}
