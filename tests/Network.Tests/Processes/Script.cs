namespace ScheduleZero.Network.Tests.Processes;

/// <summary>A script that stands for a program, under another path.</summary>
internal static class Script
{
    /// <summary>Writes a script that becomes the command, with its own arguments at the end.</summary>
    public static async Task WriteAsync(string path, string command, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(path, $"#!/bin/sh\nexec {command} \"$@\"\n", cancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
