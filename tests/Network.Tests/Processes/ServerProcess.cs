using System.Diagnostics;
using ScheduleZero.Network.Tests.Topology;

namespace ScheduleZero.Network.Tests.Processes;

/// <summary>One of the product's programs in a network namespace, from its ready line to its end.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly List<string> _printed = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(string name, Process process)
    {
        Name = name;
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Exited += (_, _) =>
            _ready.TrySetException(new InvalidOperationException($"{name} ended before it was ready."));
    }

    public string Name { get; }

    /// <summary>The program's output so far.</summary>
    public string Printed
    {
        get
        {
            lock (_printed)
            {
                return string.Join(Environment.NewLine, _printed.Select(line => $"{Name}| {line}"));
            }
        }
    }

    /// <summary>Starts the program and waits for its ready line.</summary>
    public static Task<ServerProcess> StartAsync(
        string name,
        NetworkNamespace network,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken
    ) =>
        StartAsync(
            name,
            network,
            new ProcessStartInfo(Installation.DotNet, [Installation.Program, .. arguments]),
            environment,
            input: "",
            cancellationToken
        );

    /// <summary>
    /// Runs a command of a shell in a folder, as a person does who types it there, and waits for the ready line of the
    /// program that it starts.
    /// </summary>
    /// <param name="input">What the person types after the command; empty for nothing.</param>
    public static Task<ServerProcess> TypeAsync(
        string name,
        NetworkNamespace network,
        string folder,
        string command,
        string input,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken
    ) =>
        StartAsync(
            name,
            network,
            new ProcessStartInfo("sh", ["-e", "-c", command]) { WorkingDirectory = folder },
            environment,
            input,
            cancellationToken
        );

    private static async Task<ServerProcess> StartAsync(
        string name,
        NetworkNamespace network,
        ProcessStartInfo program,
        IReadOnlyDictionary<string, string> environment,
        string input,
        CancellationToken cancellationToken
    )
    {
        // `ip netns exec` replaces itself by the program, so signals reach the program.
        string[] words = ["netns", "exec", network.Name, program.FileName, .. program.ArgumentList];
        var start = new ProcessStartInfo("ip", words)
        {
            WorkingDirectory = program.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var server = new ServerProcess(name, process);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await server._ready.Task.WaitAsync(StartTimeout, cancellationToken);
            return server;
        }
        catch (Exception e)
        {
            await server.DisposeAsync();
            throw new InvalidOperationException(
                $"{name} did not become ready: {e.Message}{Environment.NewLine}{server.Printed}",
                e
            );
        }
    }

    /// <summary>Stops the program with SIGTERM and returns its exit code.</summary>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        Native.Terminate(_process.Id);
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(StopTimeout, cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Kills the program with SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // The whole tree is killed, since an agent's commands would outlive the agent.
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_printed)
        {
            _printed.Add(line);
        }

        if (line.StartsWith("ready: ", StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }
}
