using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>Runs one configured command as one attempt.</summary>
internal static class CommandRun
{
    // The time for reading what a program left in its pipes. Only a child that escaped could hold them open longer.
    private static readonly TimeSpan PipesGrace = TimeSpan.FromSeconds(2);

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Starts the command, waits for its end, and makes its result of its output or its exit code.</summary>
    public static async Task<RawJson> RunAsync(
        CommandMethod method,
        RawJson parameters,
        JobContext job,
        CommandGuardian guardian
    )
    {
        var values = method.Params.Check(parameters);
        using var timeout = new CancellationTokenSource(method.Timeout ?? Timeout.InfiniteTimeSpan);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, job.CancellationToken);
        stop.Token.ThrowIfCancellationRequested();
        using var progress = new ProgressFile(job, method.Account);
        using var group = Start(Prepare(method, values, job, progress.Path), method.Umask);
        var standardInput = method.ParamsToStdin ? parameters.Utf8 : default;
        var output = await FollowAsync(method, standardInput, job, guardian, progress, group, stop.Token);
        job.CancellationToken.ThrowIfCancellationRequested();
        if (timeout.IsCancellationRequested)
        {
            throw new JobFailedException(
                "command_timeout",
                $"{method.Name} did not end within {IsoDuration.Format(method.Timeout!.Value)}."
            );
        }

        return Outcome(method, group.Process.ExitCode, output, job);
    }

    /// <summary>
    /// Feeds the started processes, passes on what they write, and waits until they have ended. Once
    /// <paramref name="stop"/> is cancelled they are stopped.
    /// </summary>
    /// <returns>What the command wrote to its standard output; null when the result is not made of it.</returns>
    private static async Task<CapturedOutput?> FollowAsync(
        CommandMethod method,
        ReadOnlyMemory<byte> standardInput,
        JobContext job,
        CommandGuardian guardian,
        ProgressFile progress,
        ProcessGroup group,
        CancellationToken stop
    )
    {
        using var ended = new CancellationTokenSource();
        using var giveUp = new CancellationTokenSource();
        var following = progress.FollowAsync(ended.Token);
        var errors = OutputReader.ToLogAsync(
            group.Process.StandardError,
            job,
            LogLevel.Warning,
            method.LogBytesMax,
            giveUp.Token
        );
        var output = ReadOutputAsync(method, group.Process, job, giveUp.Token);
        var feeding = Task.CompletedTask;
        try
        {
            await WatchAsync(guardian, group);
            feeding = group.BeginAsync(standardInput, giveUp.Token);
            await WaitForExitAsync(method, group, stop);
        }
        finally
        {
            // Children must not survive, however their parent ended.
            group.Kill();
            giveUp.CancelAfter(PipesGrace);
            await ended.CancelAsync();
            await guardian.ReleaseAsync(group.Id);
            await Task.WhenAll(feeding, following, errors, output);
        }

        return await output;
    }

    private static ProcessGroup Start(ProcessStartInfo start, string? umask)
    {
        try
        {
            return ProcessGroup.Start(start, umask);
        }
        catch (Win32Exception e)
        {
            throw new JobFailedException("command_not_started", e.Message, innerException: e);
        }
    }

    private static async Task WatchAsync(CommandGuardian guardian, ProcessGroup group)
    {
        try
        {
            await guardian.WatchAsync(group.Id);
        }
        catch (Win32Exception e)
        {
            throw new JobFailedException(
                "command_not_started",
                $"The process that guards commands cannot be started: {e.Message}",
                innerException: e
            );
        }
    }

    private static ProcessStartInfo Prepare(
        CommandMethod method,
        IReadOnlyDictionary<string, string> values,
        JobContext job,
        string progressFile
    )
    {
        var start = new ProcessStartInfo(method.Executable)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Utf8,
            StandardErrorEncoding = Utf8,
            WorkingDirectory = method.WorkingDirectory ?? Path.GetTempPath(),
        };
        if (method.Account is { } account && account.Name != Environment.UserName)
        {
            start.UserName = account.Name;
        }

        foreach (var argument in method.Arguments)
        {
            if (argument.Fill(values) is { } filled)
            {
                start.ArgumentList.Add(filled);
            }
        }

        CommandEnvironment.Fill(start.Environment, method, job, progressFile);
        return start;
    }

    private static async Task WaitForExitAsync(CommandMethod method, ProcessGroup group, CancellationToken stop)
    {
        try
        {
            await group.Process.WaitForExitAsync(stop);
            return;
        }
        catch (OperationCanceledException)
        {
            group.Terminate();
        }

        using var grace = new CancellationTokenSource(method.Grace);
        try
        {
            await group.Process.WaitForExitAsync(grace.Token);
        }
        catch (OperationCanceledException)
        {
            group.Kill();
            await group.Process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<CapturedOutput?> ReadOutputAsync(
        CommandMethod method,
        Process process,
        JobContext job,
        CancellationToken giveUp
    )
    {
        if (method.Result != ResultSource.ExitCode)
        {
            return await OutputReader.CaptureAsync(process.StandardOutput.BaseStream, job.ResultBytesMax, giveUp);
        }

        await OutputReader.ToLogAsync(process.StandardOutput, job, LogLevel.Information, method.LogBytesMax, giveUp);
        return null;
    }

    private static RawJson Outcome(CommandMethod method, int exitCode, CapturedOutput? output, JobContext job)
    {
        try
        {
            return method.ExitCodes.GetValueOrDefault(exitCode, method.OtherExitCodes) switch
            {
                ExitOutcome.Succeeded => output is null ? RawJson.From(new { exitCode }) : Result(method, output),
                var outcome => throw new JobFailedException(
                    $"exit_{exitCode}",
                    $"{method.Name} ended with exit code {exitCode}.",
                    retryable: outcome == ExitOutcome.Retry
                ),
            };
        }
        catch (JobFailedException) when (output is not null)
        {
            // The output is no result, and may say why the command failed.
            OutputReader.ToLog(output.Text, job, LogLevel.Information, method.LogBytesMax);
            throw;
        }
    }

    private static RawJson Result(CommandMethod method, CapturedOutput output)
    {
        if (!output.IsClosed)
        {
            throw new JobFailedException(
                "output_not_closed",
                "The command succeeded, and left a process behind that holds its output open, so that nobody "
                    + "knows where the result ends. "
                    + "Redirect the output of that process, or use \"result: exitCode\".",
                retryable: false
            );
        }

        if (!output.IsWhole)
        {
            throw new JobFailedException(
                ErrorCodes.TooLarge,
                "The command wrote more than a result may hold.",
                retryable: false
            );
        }

        if (method.Result == ResultSource.Stdout)
        {
            return output.Quoted();
        }

        try
        {
            return RawJson.Parse(output.Text);
        }
        catch (JsonException e)
        {
            throw new JobFailedException(
                "invalid_result",
                $"The command's output is not JSON: {e.Message}",
                retryable: false,
                innerException: e
            );
        }
    }
}
