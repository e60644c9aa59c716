using System.Runtime.InteropServices;
using NetMQ;

namespace ScheduleZero.Edges;

/// <summary>
/// The parts that the programs of the Broker and the Bridge share: help, wrong settings, the way a program is asked to
/// stop, and exit codes.
/// </summary>
internal static class ServerProgram
{
    public const int ExitClean = 0;
    public const int ExitFailed = 1;
    public const int ExitConfiguration = 2;
    public const int ExitTaken = 3;

    /// <summary>Runs a server's own program: prints its help, or reads its settings and serves.</summary>
    /// <typeparam name="TSettings">The settings that the server is given at its start.</typeparam>
    /// <typeparam name="TRefusal">The exception that says what is wrong with the settings.</typeparam>
    /// <param name="read">Reads the settings from the arguments and the environment.</param>
    /// <param name="serve">Serves until its token is cancelled; returns the exit code.</param>
    public static async Task<int> MainAsync<TSettings, TRefusal>(
        IReadOnlyList<string> arguments,
        string usage,
        Func<TSettings> read,
        Func<TSettings, CancellationToken, Task<int>> serve
    )
        where TRefusal : Exception
    {
        if (arguments.Contains("--help"))
        {
            Console.WriteLine(usage);
            return ExitClean;
        }

        TSettings settings;
        try
        {
            settings = read();
        }
        catch (TRefusal e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitConfiguration;
        }

        return await UntilStoppedAsync(stop => serve(settings, stop), CancellationToken.None);
    }

    /// <summary>
    /// Serves until the process is asked to stop, by SIGTERM or Ctrl+C, or until <paramref name="outer"/> is cancelled.
    /// </summary>
    public static async Task<int> UntilStoppedAsync(Func<CancellationToken, Task<int>> serve, CancellationToken outer)
    {
        // The source is never disposed: a further signal may come at any moment until the process is gone.
        var stop = CancellationTokenSource.CreateLinkedTokenSource(outer);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        return await serve(stop.Token);

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>Serves, and turns the way that it ends into an exit code and a line on standard error.</summary>
    /// <param name="name">The server as messages name it, such as <c>Broker</c>.</param>
    /// <param name="codeOf">
    /// The exit code for an exception whose message says all that a user needs; null for other exceptions.
    /// </param>
    /// <returns>0 after a clean stop, 3 when a port is taken, 1 for a failure, or a code of the server's own.</returns>
    public static async Task<int> RunAsync(
        string name,
        Func<Task> serve,
        Func<Exception, int?> codeOf,
        TextWriter error,
        CancellationToken stop
    )
    {
        try
        {
            await serve();
            return ExitClean;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitClean;
        }
        catch (Exception e) when (codeOf(e) is not null)
        {
            await error.WriteLineAsync(e.Message);
            return codeOf(e)!.Value;
        }
        catch (Exception e) when (e is IOException or NetMQException)
        {
            await error.WriteLineAsync($"The {name} cannot listen: {e.Message}");
            return ExitTaken;
        }
        catch (Exception e)
        {
            await error.WriteLineAsync($"The {name} failed: {e}");
            return ExitFailed;
        }
    }
}
