using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>
/// Ends the commands of an agent that was itself ended by force, so that a retry elsewhere does not run beside an
/// orphan. The guardian is a process of its own. The agent tells the guardian of each command before the command
/// begins, and of its end. When the guardian's input ends, because the agent has ended in whatever way, the guardian
/// kills the process groups that are left. There is no guardian on Windows.
/// </summary>
internal sealed class CommandGuardian(ILogger logger) : IDisposable
{
    // A signal to the agent's whole group, such as Ctrl-C or that of systemd, must not end the guardian before the
    // agent.
    private const string Script = """
        trap '' HUP INT TERM
        groups=' '
        while read -r word id; do
          case $word in
            begun) groups="$groups$id " ;;
            ended) case $groups in *" $id "*) groups="${groups%%" $id "*} ${groups#*" $id "}" ;; esac ;;
          esac
        done
        for id in $groups; do kill -s KILL -- "-$id" 2>/dev/null; done
        """;

    private static readonly TimeSpan TellMax = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1, 1);

    // The ids of the process groups that run now; changed by the holder of the turn.
    private readonly HashSet<int> _groups = [];
    private Process? _process;

    /// <summary>Tells the guardian of a process group, before the command begins.</summary>
    public Task WatchAsync(int group) =>
        OperatingSystem.IsWindows() ? Task.CompletedTask : NotifyAsync(group, hasBegun: true);

    /// <summary>Tells the guardian that nothing is left of a process group.</summary>
    public Task ReleaseAsync(int group) =>
        OperatingSystem.IsWindows() ? Task.CompletedTask : NotifyAsync(group, hasBegun: false);

    public void Dispose()
    {
        Forget();
        _turn.Dispose();
    }

    private async Task NotifyAsync(int group, bool hasBegun)
    {
        await _turn.WaitAsync();
        try
        {
            _ = hasBegun ? _groups.Add(group) : _groups.Remove(group);
            if (_process is null && _groups.Count == 0)
            {
                return;
            }

            if (_process is null || !await TryWriteAsync($"{(hasBegun ? "begun" : "ended")} {Text(group)}\n"))
            {
                await BeginAgainAsync();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task BeginAgainAsync()
    {
        if (_process is not null)
        {
            logger.GuardianGone();
            Forget();
        }

        _process = Start();
        if (!await TryWriteAsync(string.Concat(_groups.Select(id => $"begun {Text(id)}\n"))))
        {
            logger.GuardianGone();
            Forget();
        }
    }

    private async Task<bool> TryWriteAsync(string lines)
    {
        using var patience = new CancellationTokenSource(TellMax);
        try
        {
            await _process!.StandardInput.BaseStream.WriteAsync(
                System.Text.Encoding.ASCII.GetBytes(lines),
                patience.Token
            );
            return true;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return false;
        }
    }

    private static Process Start()
    {
        var start = new ProcessStartInfo(ProcessGroup.SetSid!, ["/bin/sh", "-c", Script])
        {
            RedirectStandardInput = true,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        start.Environment["PATH"] = CommandEnvironment.StandardPath;
        return Process.Start(start)!;
    }

    private void Forget()
    {
        _process?.StandardInput.Dispose();
        _process?.Dispose();
        _process = null;
    }

    private static string Text(int id) => id.ToString(CultureInfo.InvariantCulture);
}

internal static partial class CommandLog
{
    [LoggerMessage(
        5486,
        LogLevel.Warning,
        "The process that ends commands when this agent is ended by force is gone; another is started with the "
            + "next command"
    )]
    public static partial void GuardianGone(this ILogger logger);
}
