using System.Diagnostics;

namespace ScheduleZero.Network.Tests.Processes;

internal sealed class CommandException(string message) : Exception(message);

/// <summary>Runs a program to its end.</summary>
internal static class Command
{
    /// <summary>Runs the program and returns what it printed.</summary>
    /// <exception cref="CommandException">The exit code was not 0.</exception>
    public static Task<string> RunAsync(IReadOnlyList<string> words, CancellationToken cancellationToken) =>
        RunAsync(words, "", cancellationToken);

    public static async Task<string> RunAsync(
        IReadOnlyList<string> words,
        string input,
        CancellationToken cancellationToken
    )
    {
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? await output
            : throw new CommandException(
                $"`{string.Join(' ', words)}` ended with {process.ExitCode}: {(await error).Trim()}"
            );
    }
}
