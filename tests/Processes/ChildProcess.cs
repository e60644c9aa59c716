using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ScheduleZero.Processes;

/// <summary>
/// A program that was started for a test or a measurement. Its output is collected; disposing kills the program.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int LinesKept = 400;
    private const int SignalTerminate = 15;
    private const int SignalStop = 19;
    private const int SignalContinue = 18;

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();
    private readonly List<(string Prefix, TaskCompletionSource<string> Line)> _waiting = [];
    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _openStreams = 2;

    private ChildProcess(string name, Process process)
    {
        Name = name;
        _process = process;
        Id = process.Id;
    }

    public string Name { get; }

    public int Id { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines of both streams, in the order in which they came.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    /// <param name="environment">Variables that are added to those of this process. The product's own variables are
    /// removed first.</param>
    public static ChildProcess Start(
        string name,
        string file,
        IEnumerable<string> arguments,
        IEnumerable<KeyValuePair<string, string>>? environment = null
    )
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            var variable in start
                .Environment.Keys.Where(key => key.StartsWith("SCHEDULEZERO_", StringComparison.Ordinal))
                .ToList()
        )
        {
            start.Environment.Remove(variable);
        }

        foreach (var (variable, value) in environment ?? [])
        {
            start.Environment[variable] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
        var child = new ChildProcess(name, process);
        process.OutputDataReceived += (_, line) => child.Take(line.Data);
        process.ErrorDataReceived += (_, line) => child.Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Waits for the first line that begins with the prefix, printed before or after the call.</summary>
    /// <exception cref="InvalidOperationException">The program ended, or the time is over; the message holds what it
    /// printed.</exception>
    public async Task<string> LineAsync(string prefix, TimeSpan limit)
    {
        var waited = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_lines.FirstOrDefault(line => line.StartsWith(prefix, StringComparison.Ordinal)) is { } known)
            {
                return known;
            }

            _waiting.Add((prefix, waited));
        }

        await Task.WhenAny(waited.Task, _outputEnded.Task, Task.Delay(limit));
        return waited.Task.IsCompletedSuccessfully
            ? await waited.Task
            : throw new InvalidOperationException(
                $"{Name} printed no line '{prefix}…' "
                    + $"{(HasExited ? $"and ended with {_process.ExitCode}" : $"in {limit}")}.\n{Describe()}"
            );
    }

    public void Say(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Kills the program at once, with SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks the program to stop, with SIGTERM.</summary>
    public void Terminate()
    {
        Send(SignalTerminate);
    }

    /// <summary>
    /// Suspends the program for a while, with SIGSTOP and then SIGCONT, as on a machine that sleeps or is overloaded.
    /// </summary>
    public async Task SuspendAsync(TimeSpan time)
    {
        Send(SignalStop);
        await Task.Delay(time);
        Send(SignalContinue);
    }

    /// <summary>Waits for the end of the program and of its output, and returns the exit code.</summary>
    /// <exception cref="InvalidOperationException">The program still runs after the limit.</exception>
    public async Task<int> ExitAsync(TimeSpan limit)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(limit);
            return _process.ExitCode;
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"{Name} still runs after {limit}.\n{Describe()}");
        }
    }

    public string Describe() => string.Join('\n', Lines.Select(line => $"{Name}| {line}"));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private void Send(int signal)
    {
        if (Signal(Id, signal) != 0)
        {
            throw new InvalidOperationException($"{Name} ({Id}) cannot be signalled.");
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int process, int signal);

    private void Take(string? line)
    {
        if (line is null)
        {
            if (Interlocked.Decrement(ref _openStreams) == 0)
            {
                _outputEnded.TrySetResult();
            }

            return;
        }

        lock (_lock)
        {
            _lines.Enqueue(line);
            if (_lines.Count > LinesKept)
            {
                _lines.Dequeue();
            }

            foreach (var (prefix, waited) in _waiting)
            {
                if (line.StartsWith(prefix, StringComparison.Ordinal))
                {
                    waited.TrySetResult(line);
                }
            }
        }
    }
}
