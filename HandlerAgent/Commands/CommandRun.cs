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
    private const string StandardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    // What a program left in its pipes is read within this; longer only a child that escaped could hold them open.
    private static readonly TimeSpan OutputGrace = TimeSpan.FromSeconds(2);

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static async Task<RawJson> RunAsync(CommandMethod method, RawJson parameters, JobContext job)
    {
        var values = method.Params.Check(parameters);
        using var timeout = new CancellationTokenSource(method.Timeout ?? Timeout.InfiniteTimeSpan);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, job.Cancellation);
        stop.Token.ThrowIfCancellationRequested();
        using var group = Start(Prepare(method, values, job));
        using var outputEnd = new CancellationTokenSource();
        var feeding = FeedAsync(group.Process, method.ParamsToStdin ? parameters : default);
        var errors = OutputReader.ToLogAsync(group.Process.StandardError, job, LogLevel.Warning, method.LogBytesMax, outputEnd.Token);
        var output = ReadOutputAsync(method, group.Process, job, outputEnd.Token);
        try
        {
            await WaitForExitAsync(method, group, stop.Token);
        }
        finally
        {
            // Children must not survive, however their parent ended.
            group.Kill();
            outputEnd.CancelAfter(OutputGrace);
        }

        await Task.WhenAll(feeding, Quietly(errors), Quietly(output));
        job.Cancellation.ThrowIfCancellationRequested();
        if (timeout.IsCancellationRequested)
        {
            throw new JobFailedException("command_timeout", $"{method.Name} did not end within {IsoDuration.Format(method.Timeout!.Value)}.");
        }

        return Outcome(method, group.Process.ExitCode, output.IsCompletedSuccessfully ? await output : null);
    }

    private static ProcessGroup Start(ProcessStartInfo start)
    {
        try
        {
            return ProcessGroup.Start(start);
        }
        catch (Win32Exception e)
        {
            throw new JobFailedException("command_not_started", e.Message, inner: e);
        }
    }

    private static ProcessStartInfo Prepare(CommandMethod method, IReadOnlyDictionary<string, string> values, JobContext job)
    {
        var start = new ProcessStartInfo(method.Executable)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = Utf8,
            StandardOutputEncoding = Utf8,
            StandardErrorEncoding = Utf8,
            WorkingDirectory = method.WorkingDirectory ?? Path.GetTempPath(),
        };
        foreach (var argument in method.Arguments)
        {
            if (argument.Fill(values) is { } filled)
            {
                start.ArgumentList.Add(filled);
            }
        }

        // Clean: the agent's own environment may hold its API key.
        start.Environment.Clear();
        start.Environment["PATH"] = StandardPath;
        start.Environment["SCHEDULEZERO_JOB_ID"] = job.JobId.ToString();
        start.Environment["SCHEDULEZERO_ATTEMPT_ID"] = job.AttemptId.ToString();
        start.Environment["SCHEDULEZERO_FENCING_TOKEN"] = job.FencingToken.ToString();
        if (job.Batch is { } batch)
        {
            start.Environment["SCHEDULEZERO_BATCH"] = RawJson.From(batch).ToString();
        }

        foreach (var (name, value) in method.Environment)
        {
            start.Environment[name] = value;
        }

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

    private static async Task FeedAsync(Process process, RawJson input)
    {
        try
        {
            if (!input.IsEmpty)
            {
                await process.StandardInput.BaseStream.WriteAsync(input.Utf8);
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program did not want to read it; its exit code says whether that is well.
        }
    }

    private static async Task<string?> ReadOutputAsync(CommandMethod method, Process process, JobContext job, CancellationToken cancellationToken)
    {
        if (method.Result != ResultSource.ExitCode)
        {
            return await OutputReader.ToTextAsync(process.StandardOutput, Limits.ResultBytesMaxDefault, cancellationToken);
        }

        await OutputReader.ToLogAsync(process.StandardOutput, job, LogLevel.Information, method.LogBytesMax, cancellationToken);
        return "";
    }

    // A pipe that an escaped child holds open is given up; what was read until then stands.
    private static async Task Quietly(Task reading) => await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static RawJson Outcome(CommandMethod method, int exitCode, string? output) =>
        method.ExitCodes.GetValueOrDefault(exitCode, method.OtherExitCodes) switch
        {
            ExitOutcome.Succeeded => Result(method, exitCode, output),
            var outcome => throw new JobFailedException(
                $"exit_{exitCode}", $"{method.Name} ended with exit code {exitCode}.", retryable: outcome == ExitOutcome.Retry),
        };

    private static RawJson Result(CommandMethod method, int exitCode, string? output)
    {
        if (output is null)
        {
            throw new JobFailedException(ErrorCodes.TooLarge, "The command wrote more than a result may hold, or did not close its output.", retryable: false);
        }

        switch (method.Result)
        {
            case ResultSource.Stdout:
                return RawJson.From(output);
            case ResultSource.Json:
                try
                {
                    return RawJson.Parse(output);
                }
                catch (JsonException e)
                {
                    throw new JobFailedException("invalid_result", $"The command's output is not JSON: {e.Message}", retryable: false, inner: e);
                }

            default:
                return RawJson.From(new { exitCode });
        }
    }
}
